// Rules for replies which say that the server itself is in trouble, or does not want this session, in words or by their codes.
import type { ReplyRule } from './rule.js';

/** Said of the session alone: a fresh one may be welcome. */
export const ofSession =
  /(session|connection) (has |is )?(been )?(expired|timed? ?-?out|ended|closed|idle|limit|not established|invalid)|no (valid )?session|(idle|connection|session) time-?out|too many (non-?mail |bad |smtp |syntax |protocol )?(commands|errors)|(messages|mails|transactions|e-?mails) ((in|on|per|over) )?(this |the |a |one )?(session|connection)|(messages?|mails?) limit per (session|connection)|\bre-?connect|(open|use) a new (connection|session)/i;

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
    enhanced: /^[45]\.3\.1$/,
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
    text: /insufficient (system |disk )?(storage|space|resources)|no space left on device|(file ?system|mail ?system|spool|queue)[a-z ]* (is )?full/i,
    verdict: 'open_breaker',
    examples: [
      { step: 'message', reply: '552 Insufficient system storage' },
      { step: 'message', reply: '554 5.3.0 No space left on device' },
      { step: 'message', reply: '552 5.3.4 Error: insufficient disk space' },
    ],
  },
  {
    name: 'the session is not wanted',
    steps: ['sender', 'recipient', 'message'],
    codes: [450, 451],
    enhanced: /^4\.(3\.2|4\.2)$/,
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
    enhanced: /^5\.(3\.2|4\.2)$/,
    verdict: 'deferred',
    examples: [{ step: 'sender', reply: '554 5.4.2 Bad connection' }],
  },
  {
    // No mail is at fault for the order of commands (RFC 5321 section 4.1.4) or for the age of a session.
    name: 'the session is out of order',
    steps: ['sender', 'recipient'],
    codes: [500, 502, 503, 504, 550, 554],
    text: new RegExp(
      `${ofSession.source}|bad sequence|out of sequence|synchroni[sz]ation error|(say|send|polite people say) (e?helo|hello)`,
      'i',
    ),
    verdict: 'deferred',
    examples: [
      { step: 'sender', reply: '503 session expired' },
      { step: 'sender', reply: '503 5.5.1 Bad sequence of commands' },
      { step: 'sender', reply: '550 session timed out' },
      { step: 'sender', reply: '554 SMTP synchronization error' },
      { step: 'sender', reply: '554 Too many nonmail commands' },
      { step: 'sender', reply: '550 Too many messages in this session' },
      { step: 'sender', reply: '503 Polite people say HELO first' },
    ],
  },
  {
    name: 'the server is out of service',
    steps: ['sender', 'recipient', 'message'],
    codes: [450, 451, 452, 453],
    text: /service (is )?(currently |temporarily )?(unavailable|not available)|temporar(y|ily) (local |system |server |internal )+(problem|error|failure)|(internal|local) error|(server|system) (is )?(too )?busy|(system )?resources? (is |are )?(temporarily )?(un|not )available|system resources|shutting down/i,
    verdict: 'open_breaker',
    examples: [
      { step: 'sender', reply: '451 4.7.1 Service unavailable - try again later' },
      {
        step: 'sender',
        reply: '451 4.7.0 Temporary server error. Please try again later. PRX2 [AM0PR02CA0087.outlook.com]',
      },
      { step: 'sender', reply: '451 Requested action aborted: local error in processing' },
      { step: 'recipient', reply: '451 Temporary local problem - please try later' },
      { step: 'message', reply: '451 4.7.1 Service unavailable - try again later' },
      {
        step: 'message',
        reply: '451 Resources temporarily not available - Please try again later [#4.16.5].',
      },
    ],
  },
  {
    // Words for the parts of a server: Postfix, amavis, qmail, sendmail and Haraka in turn.
    name: 'a part of the server fails',
    steps: ['sender', 'recipient', 'message'],
    codes: [450, 451, 452, 453],
    text: /temporary lookup failure|error in processing|\bqq |unable to fork|(can ?not|can't|could not|unable to) (create|open|write|queue|save|store|access)|(read|write|i\/o|io|disk|database|queue|spool|backend) (error|failure|failed)|(mail ?system|disk|spool) (is )?full|disk quota|plugin time|queu(e?ing) (declined|failed)|accepting network messages/i,
    verdict: 'open_breaker',
    examples: [
      { step: 'recipient', reply: '451 4.3.0 <ann@example.com>: Temporary lookup failure' },
      { step: 'message', reply: '451 4.5.0 Error in processing, id=1-9, virus_scan FAILED' },
      { step: 'message', reply: '451 qq trouble creating files in queue (#4.3.0)' },
      { step: 'message', reply: '451 4.3.0 cannot create temporary file' },
      { step: 'message', reply: '450 Plugin timed out' },
      { step: 'message', reply: '451 Queuing declined or disabled, try later' },
    ],
  },
];

/** By code and status alone, for replies in words that no other rule knows: the last to be asked. */
export const generalRules: ReplyRule[] = [
  {
    // RFC 3463 section 3.4: the system lacks a feature, or is configured wrongly. 4.3.0 may mean anything.
    name: 'the server lacks something',
    steps: ['sender', 'recipient', 'message'],
    codes: [450, 451, 452, 454],
    enhanced: /^4\.3\.[35]$/,
    verdict: 'open_breaker',
    examples: [
      { step: 'recipient', reply: '451 4.3.5 Server configuration problem' },
      { step: 'message', reply: '451 4.3.3 Not capable' },
    ],
  },
  {
    // The service says its commands in order, so that a server which misses one has lost step, and no mail is at fault.
    name: 'a command is missed',
    steps: ['sender', 'recipient', 'message'],
    codes: [503],
    verdict: 'deferred',
    examples: [
      { step: 'sender', reply: '503 sender already given' },
      { step: 'recipient', reply: '503 5.5.1 MAIL first. d9-2002 - gsmtp' },
      { step: 'message', reply: '503 valid RCPT command must precede DATA' },
    ],
  },
  {
    // RFC 5321 section 4.5.1: every server knows MAIL and RCPT.
    name: 'a command is not known',
    steps: ['sender', 'recipient'],
    codes: [500, 502],
    text: /^(?!.*(syntax|parameter|argument|address|too long))/i,
    verdict: 'deferred',
    examples: [{ step: 'sender', reply: '500 5.5.1 Command unrecognized' }],
  },
];
