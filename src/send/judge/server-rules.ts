// Rules for replies which say that the server itself is in trouble, or does not want this session.
import type { ReplyRule } from './rule.js';

/** Without the rules, a full disk would cost every message its retries. */
export const serverRules: ReplyRule[] = [
  {
    name: 'the server is short of storage',
    codes: [431, 450, 451, 452],
    text: /insufficient (system )?(storage|resources|disk|memory)|(disk|file ?system|spool|queue)[a-z ]* (is )?full|no space left|not enough (disk |free )?space|space shortage|out of (memory|disk)|writing (to )?(the )?spool|spool file|queue file write|qq(t failure| write)/i,
    verdict: 'open_breaker',
    examples: [
      { step: 'sender', reply: '452 4.3.1 Insufficient system storage' },
      { step: 'message', reply: '451 Error while writing spool file' },
      { step: 'message', reply: '451 4.3.0 Error: queue file system is full' },
      { step: 'message', reply: '451 4.3.0 Error: queue file write error' },
      { step: 'message', reply: '451 qqt failure (#4.3.0)' },
      { step: 'sender', reply: '452 space shortage, please try later' },
    ],
  },
  {
    name: 'the server is short of storage, by its status',
    enhanced: ['4.3.1', '5.3.1'],
    verdict: 'open_breaker',
    examples: [
      { step: 'message', reply: '452 4.3.1 Try again later' },
      { step: 'sender', reply: '552 5.3.1 Insufficient system storage' },
    ],
  },
  {
    // A server whose disk is full has room again some day, whatever the code. At RCPT it may be the room of one mailbox.
    name: 'the server is short of storage, said as if for good',
    steps: ['sender', 'message'],
    codes: [550, 552, 554],
    text: /insufficient system (storage|resources)|no space left on device|(file ?system|spool|queue)[a-z ]* (is )?full/i,
    verdict: 'open_breaker',
    examples: [
      { step: 'message', reply: '552 Insufficient system storage' },
      { step: 'message', reply: '554 5.3.0 No space left on device' },
    ],
  },
  {
    name: 'the session is not wanted',
    steps: ['sender', 'recipient', 'message'],
    codes: [450, 451],
    enhanced: ['4.3.2', '4.4.2'],
    verdict: 'open_breaker',
    examples: [
      { step: 'recipient', reply: '450 4.3.2 Service currently unavailable' },
      { step: 'message', reply: '451 4.4.2 Error: timeout exceeded' },
      { step: 'sender', reply: '450 4.3.2 Service currently unavailable' },
      { step: 'sender', reply: '451 4.4.2 Timeout waiting for data from client' },
    ],
  },
  {
    name: 'the session is not wanted, said as if for good',
    steps: ['sender', 'recipient'],
    enhanced: ['5.3.2', '5.4.2'],
    verdict: 'deferred',
    examples: [{ step: 'sender', reply: '554 5.4.2 Bad connection' }],
  },
  {
    // No mail is at fault for the order of commands (RFC 5321 section 4.1.4) or for the age of a session.
    name: 'the session is out of order',
    steps: ['sender', 'recipient'],
    codes: [500, 502, 503, 504, 550, 554],
    text: /session (has |is )?(expired|timed? ?-?out|ended|closed|not established|invalid)|(idle|connection|session) time-?out|bad sequence|out of sequence|synchroni[sz]ation error|(say|send|polite people say) (e?helo|hello)/i,
    verdict: 'deferred',
    examples: [
      { step: 'sender', reply: '503 session expired' },
      { step: 'sender', reply: '503 5.5.1 Bad sequence of commands' },
      { step: 'sender', reply: '550 session timed out' },
      { step: 'sender', reply: '554 SMTP synchronization error' },
      { step: 'sender', reply: '503 Polite people say HELO first' },
    ],
  },
  {
    name: 'the server is out of service',
    steps: ['sender'],
    codes: [450, 451, 452],
    text: /service (is )?(currently |temporarily )?(unavailable|not available)|temporary (system|server|internal) (problem|error)|(internal|local) error|server (is )?(too )?busy|system resources|shutting down/i,
    verdict: 'open_breaker',
    examples: [
      { step: 'sender', reply: '451 4.7.1 Service unavailable - try again later' },
      {
        step: 'sender',
        reply: '451 4.7.0 Temporary server error. Please try again later. PRX2 [AM0PR02CA0087.outlook.com]',
      },
      { step: 'sender', reply: '451 Requested action aborted: local error in processing' },
    ],
  },
];
