// What was said to the mail server in the last attempts of a message, where its account keeps transcripts.
import { Time } from './time.js';

export interface ShownTranscript {
  attempt: number;
  ended_ts: number;
  lines: { by: 'client' | 'server' | 'remark'; text: string }[];
}

const marks = { client: '> ', server: '< ', remark: '# ' };

/** The last one is open, because it is the one that people look for. */
export function Transcripts({ attempts }: { attempts: ShownTranscript[] }) {
  if (attempts.length === 0) return null;
  return (
    <section aria-labelledby="transcripts">
      <h2 id="transcripts">What was said to the mail server</h2>
      {attempts.map(({ attempt, ended_ts, lines }, n) => (
        <details open={n === attempts.length - 1}>
          <summary>
            Attempt {attempt}, ended <Time seconds={ended_ts} />
          </summary>
          <pre>{lines.map(({ by, text }) => `${marks[by]}${text}`).join('\n')}</pre>
        </details>
      ))}
    </section>
  );
}
