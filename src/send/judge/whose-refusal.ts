// Tells whose a refusal is that a server gave to MAIL, to RCPT or to a body: the account's, or that of one sender, recipient or message.

/** The step that was refused. Before MAIL nothing is known of a mail, so such a refusal is always the account's. */
export type Stage = 'sender' | 'recipient' | 'body';

/** What a refusal may be about, apart from the account. Only equality counts, so hashes will do. */
export interface Traits {
  message: string;
  sender: string;
  senderDomain: string;
  recipients: string[];
  recipientDomains: string[];
  body?: string | undefined;
}

type Trait = keyof Traits;

/** What an earlier mail of the account met. Without a stage it was taken. */
export interface Encounter extends Traits {
  stage: Stage | undefined;
  /** Whether the refusal was known to be its sender's, recipient's or message's. */
  isExplained: boolean;
}

interface Finding {
  /** A trait of this mail was refused before, and mails without it have been taken since: the refusal is the trait's. */
  isExplained: boolean;
  /** How many mails met the same since one was last taken, and had nothing in common that would explain it. */
  others: number;
  /** Whether one of these was of another sender's domain. */
  otherSenders: boolean;
}

/** Mails that share one of these are no evidence for each other. */
const narrow: Record<Stage, Trait[]> = {
  sender: ['message'],
  recipient: ['message', 'recipients'],
  body: ['message', 'recipients', 'body'],
};

/** All mails of an account may share these, so they explain a refusal only once a mail without them was taken. */
const wide: Record<Stage, Trait[]> = {
  sender: ['sender', 'senderDomain'],
  recipient: ['sender', 'senderDomain', 'recipientDomains'],
  body: ['sender', 'senderDomain', 'recipientDomains'],
};

/** @param history what mails of the account met before, the oldest first */
export function whoseRefusal(refusal: Traits & { stage: Stage }, history: Encounter[]): Finding {
  const { stage } = refusal;
  const explaining = [...narrow[stage], ...wide[stage]].filter((trait) => explains(trait, refusal, history));
  const shared = [...narrow[stage], ...explaining];
  const others = history
    .slice(history.findLastIndex(isTaken) + 1)
    .filter(
      (one) =>
        one.stage === stage && !one.isExplained && !shared.some((trait) => haveInCommon(trait, one, refusal)),
    );
  return {
    isExplained: explaining.length > 0,
    others: new Set(others.map(({ message }) => message)).size,
    otherSenders: others.some(({ senderDomain }) => senderDomain !== refusal.senderDomain),
  };
}

/** Since a mail with this trait was last taken: was one refused, and afterwards one without the trait taken? */
function explains(trait: Trait, refusal: Traits & { stage: Stage }, history: Encounter[]): boolean {
  const has = (one: Encounter) => haveInCommon(trait, one, refusal);
  const since = history.slice(history.findLastIndex((one) => isTaken(one) && has(one)) + 1);
  const first = since.findIndex((one) => one.stage === refusal.stage && has(one));
  return first >= 0 && since.slice(first).some(isTaken);
}

function isTaken({ stage }: Encounter): boolean {
  return stage === undefined;
}

function haveInCommon(trait: Trait, one: Traits, other: Traits): boolean {
  const mine = valuesOf(one[trait]);
  return valuesOf(other[trait]).some((value) => mine.includes(value));
}

function valuesOf(value: string | string[] | undefined): string[] {
  if (value === undefined) return [];
  return typeof value === 'string' ? [value] : value;
}
