// Mails that a mailbox for bounces gets and that are none.

export interface OtherCase {
  what: string;
  kind: string;
  headers: string;
  body: string;
}

export const others: OtherCase[] = [
  {
    what: 'an out-of-office reply from Exchange',
    kind: 'auto-reply',
    headers:
      'Return-Path: <>\nFrom: Ann <ann@example.org>\nSubject: Automatic reply: Order\nAuto-Submitted: auto-replied',
    body: 'I am out of the office and could not be reached. Please contact bob@example.org. Messages will not be delivered to me.',
  },
  {
    what: 'a German vacation note',
    kind: 'auto-reply',
    headers:
      'Return-Path: <>\nFrom: ann@example.org\nSubject: Abwesenheitsnotiz: Bestellung\nPrecedence: bulk',
    body: 'Ich bin bis 5. Mai nicht im Haus.',
  },
  {
    what: 'a vacation reply in Japanese',
    kind: 'auto-reply',
    headers: 'From: ann@example.org\nSubject: 自動返信\nX-Autoreply: yes',
    body: '不在にしております。',
  },
  {
    what: 'a challenge',
    kind: 'challenge',
    headers: 'From: ann@example.org\nSubject: Please confirm your message\nAuto-Submitted: auto-replied',
    body: 'Your message has not been delivered yet. Please confirm that you are a human: http://example.org/x',
  },
  {
    what: 'a post of a mailing list about bounces',
    kind: 'list-post',
    headers:
      'From: Bob <bob@example.org>\nSubject: Re: Undelivered Mail Returned to Sender\nList-Id: <postfix-users.example.org>\nList-Post: <mailto:postfix-users@example.org>',
    body: 'I got this:\n\nFinal-Recipient: rfc822; ann@example.org\nAction: failed\nStatus: 5.1.1\n\n550 5.1.1 <ann@example.org>: User unknown\n\nWhy?',
  },
  {
    what: 'a mail of a parcel service',
    kind: 'other',
    headers:
      'From: Parcels <info@parcels.example>\nSubject: Delivery failed: we could not deliver your parcel',
    body: 'Dear ann@example.org,\nyour parcel could not be delivered to the following address: 1 Main Street. Reply to help@parcels.example.',
  },
  {
    what: 'a question of a person',
    kind: 'other',
    headers: 'From: Ann <ann@example.org>\nSubject: Re: Order\nIn-Reply-To: <m1@example.com>',
    body: 'My mail to bob@example.org was returned: 550 5.1.1 user unknown. Is it rejected by your server?',
  },
  {
    what: 'a newsletter',
    kind: 'list-post',
    headers: 'From: News <news@example.org>\nSubject: Warning: delayed trains\nList-Id: <news.example.org>',
    body: 'Trains have been delayed.',
  },
  {
    what: 'a DMARC report',
    kind: 'other',
    headers:
      'Return-Path: <>\nFrom: postmaster@example.org\nSubject: Report Domain: example.com Submitter: example.org Report-ID: <1@example.org>',
    body: 'This is an aggregate report.',
  },
  {
    what: 'spam with words of failure from a person',
    kind: 'other',
    headers: 'From: Support <x@example.net>\nSubject: Your mailbox is full',
    body: 'Your mailbox ann@example.org is full. Click here.',
  },
  {
    what: 'a digest of a quarantine',
    kind: 'other',
    headers:
      'Return-Path: <>\nFrom: postmaster@example.com\nSubject: Quarantine summary: messages not delivered',
    body: 'The following messages were not delivered to your inbox:\n\nann@example.org  Order\nbob@example.net  Hello\n\nThey are blocked as spam.',
  },
  {
    what: 'a warning about a full mailbox',
    kind: 'other',
    headers: 'Return-Path: <>\nFrom: postmaster@example.com\nSubject: Storage warning',
    body: 'shop@example.com\n\nYour mailbox is full. Delete something.',
  },
  {
    what: 'a notice of a mailing list about a member whose mail bounced',
    kind: 'list-post',
    headers:
      'From: mailman-bounces@lists.example.org\nSubject: Bounce action notification\nList-Id: <news.lists.example.org>\nPrecedence: list',
    body: 'List: News\nMember: ann@example.org\nAction: Subscription disabled.\nReason: Excessive or fatal bounces.\n',
  },
  {
    what: 'a receipt of a help desk',
    kind: 'auto-reply',
    headers:
      'Return-Path: <>\nFrom: Help <help@example.org>\nSubject: [Ticket 7] Delivery failed\nAuto-Submitted: auto-replied',
    body: 'We have got your mail about ann@example.org. If it is not delivered to us again, we close the ticket.',
  },
  {
    what: 'a request to confirm a subscription',
    kind: 'list-post',
    headers: 'From: news-request@lists.example.org\nSubject: confirm 123\nList-Id: <news.lists.example.org>',
    body: 'Your address ann@example.org must be confirmed, or mail will not be delivered.',
  },
  {
    what: 'a vacation reply of a postmaster',
    kind: 'auto-reply',
    headers:
      'Return-Path: <>\nFrom: Postmaster <postmaster@example.org>\nSubject: Out of office: Order\nAuto-Submitted: auto-replied',
    body: 'I cannot be reached. Mail to ann@example.org is not delivered to me.',
  },
  {
    what: 'an advertisement for mail delivery',
    kind: 'other',
    headers: 'From: Delivery Tools <sales@example.net>\nSubject: Reduce bounces and failed delivery',
    body: 'Is your mail rejected? Could not be delivered to ann@example.org? 550 reasons to call us.',
  },
  {
    what: 'a vacation note in Polish',
    kind: 'auto-reply',
    headers: 'Return-Path: <>\nFrom: Ann <ann@example.org>\nSubject: Odpowiedź automatyczna: Zamówienie',
    body: 'Wiadomość nie zostanie dostarczona do mnie. Bob: bob@example.org',
  },
  {
    what: 'a vacation note in Swedish',
    kind: 'auto-reply',
    headers: 'Return-Path: <>\nFrom: Ann <ann@example.org>\nSubject: Autosvar: Order',
    body: 'Jag är på semester. Bob: bob@example.org',
  },
  {
    what: 'a vacation note in Danish',
    kind: 'auto-reply',
    headers: 'Return-Path: <>\nFrom: Ann <ann@example.org>\nSubject: Automatisk svar: Ordre',
    body: 'Jeg er på ferie. Bob: bob@example.org',
  },
  {
    what: 'a vacation note in Czech',
    kind: 'auto-reply',
    headers: 'Return-Path: <>\nFrom: Ann <ann@example.org>\nSubject: Automatická odpověď: Objednávka',
    body: 'Jsem na dovolené. Bob: bob@example.org',
  },
  {
    what: 'a vacation note in Turkish',
    kind: 'auto-reply',
    headers: 'Return-Path: <>\nFrom: Ann <ann@example.org>\nSubject: Otomatik yanıt: Sipariş',
    body: 'İzindeyim, mesajınız iletilemedi. Bob: bob@example.org',
  },
  {
    what: 'a TLS report',
    kind: 'other',
    headers:
      'Return-Path: <>\nFrom: postmaster@example.org\nSubject: Report Domain: example.com Submitter: example.org\nTLS-Report-Domain: example.com',
    body: 'This is an aggregate TLS report. 3 sessions failed, and mail to ann@example.org could not be delivered.',
  },
  {
    what: 'a mail that waits for a moderator',
    kind: 'other',
    headers:
      'Return-Path: <>\nFrom: Microsoft Outlook <postmaster@example.org>\nSubject: Message held for approval: Order',
    body: 'Your message to list@example.org is awaiting moderation. It is delivered once the moderator approves.',
  },
  {
    what: 'a mail of a parcel service with a null sender',
    kind: 'other',
    headers: 'Return-Path: <>\nFrom: Parcels <info@parcels.example>\nSubject: Delivery failed: parcel 550',
    body: 'Dear ann@example.org, we could not deliver your parcel. The fee of 550 EUR was returned to sender.',
  },
];
