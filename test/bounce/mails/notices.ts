// Notices of failure as mail servers write them for people, without a report that a machine could read.

export interface NoticeCase {
  server: string;
  subject: string;
  body: string;
  from?: string;
  /** Address, hard or soft, reason, whether the address is dead; more than one if more failed. */
  failed: [address: string, type: 'hard' | 'soft', reason: string, isDead: boolean][];
  status?: string;
  kind?: 'bounce' | 'delay';
}

const original =
  'Return-Path: <shop@example.com>\nMessage-ID: <m1@example.com>\nX-Genro-Mail-ID: order-1\nFrom: shop@example.com\nTo: ann@example.org\nSubject: Order\n\nHello\n';
const ann = 'ann@example.org';

export const notices: NoticeCase[] = [
  {
    server: 'qmail',
    subject: 'failure notice',
    body: `Hi. This is the qmail-send program at mx.example.net.\nI'm afraid I wasn't able to deliver your message to the following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n<${ann}>:\n192.0.2.1 does not like recipient.\nRemote host said: 550 5.1.1 <${ann}>: User unknown\nGiving up on 192.0.2.1.\n\n--- Below this line is a copy of the message.\n\n${original}`,
    failed: [[ann, 'hard', 'user_unknown', true]],
    status: '5.1.1',
  },
  {
    server: 'Exim, two addresses',
    subject: 'Mail delivery failed: returning message to sender',
    body: `This message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered to one or more of its\nrecipients. This is a permanent error. The following address(es) failed:\n\n  ${ann}\n    host mx.example.org [192.0.2.1]\n    SMTP error from remote mail server after RCPT TO:<${ann}>:\n    550 5.1.1 No such user\n  bob@example.org\n    host mx.example.org [192.0.2.1]\n    SMTP error from remote mail server after end of data:\n    552 5.2.2 Mailbox full\n\n------ This is a copy of the message, including all the headers. ------\n\n${original}`,
    failed: [
      [ann, 'hard', 'user_unknown', true],
      ['bob@example.org', 'hard', 'mailbox_full', false],
    ],
  },
  {
    server: 'Exim, a warning',
    subject: 'Warning: message 1abc-0002 delayed 24 hours',
    body: `This message was created automatically by mail delivery software.\nA message that you sent has not yet been delivered to one or more of its\nrecipients after more than 24 hours on the queue on mx.example.net.\n\nThe address to which the message has not yet been delivered is:\n\n  ${ann}\n\nNo action is required on your part. Delivery attempts will continue for\nsome time, and this warning may be repeated at intervals if the message\nremains undelivered. Eventually the mail delivery software will give up,\nand when that happens, the message will be returned to you.\n`,
    failed: [[ann, 'soft', 'other', false]],
    kind: 'delay',
  },
  {
    server: 'Courier',
    subject: 'NOTICE: mail delivery status.',
    from: '"Courier mail server at mx.example.net" <@>',
    body: `This is a delivery status notification from mx.example.net,\nrunning the Courier mail server, version 0.65.2.\n\nThe original message was received on Thu, 29 Apr 2010 23:34:45 +0900\nfrom mail.example.com (192.0.2.1)\n\n---------------------------------------------------------------------------\n\n                           UNDELIVERABLE MAIL\n\nYour message to the following recipients cannot be delivered:\n\n<${ann}>:\n    mx.example.org [192.0.2.1]:\n>>> RCPT TO:<${ann}>\n<<< 550 5.1.1 <${ann}>... User Unknown\n\n---------------------------------------------------------------------------\n`,
    failed: [[ann, 'hard', 'user_unknown', true]],
    status: '5.1.1',
  },
  {
    server: 'GMX',
    subject: 'Mail delivery failed: returning message to sender',
    body: `This message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered to\none or more of its recipients. The following addresses\nfailed:\n\n<${ann}>\n\nSMTP error from remote server after RCPT command:\nhost: mx.example.org\n5.1.1 <${ann}>... User Unknown\n\n--- The header of the original message is following. ---\n\n${original}`,
    failed: [[ann, 'hard', 'user_unknown', true]],
    status: '5.1.1',
  },
  {
    server: 'MailMarshal',
    subject: 'Undeliverable Mail: "Order"',
    body: `Your message:\n   From:    shop@example.com\n   Subject: Order\n\nCould not be delivered because of\n\n550 5.1.1 User unknown\n\nThe following recipients were affected: \n    ${ann}\n\n\nAdditional Information\n======================\nOriginal Sender:    <shop@example.com>\nSender-MTA:         <10.0.0.1>\n`,
    failed: [[ann, 'hard', 'user_unknown', true]],
    status: '5.1.1',
  },
  {
    server: 'hMailServer',
    subject: 'Message undeliverable: Order',
    body: `Your message did not reach some or all of the intended recipients.\n\n   Sent: Thu, 29 Apr 2010 23:34:45 +0900\n   Subject: Order\n\nThe following recipient(s) could not be reached:\n\n${ann}\n   Error Type: SMTP\n   Remote server (192.0.2.1) issued an error.\n   hMailServer sent: RCPT TO:<${ann}>\n   Remote server replied: 550 5.7.1 Your IP address is listed on zen.spamhaus.org\n\nhMailServer\n`,
    failed: [[ann, 'hard', 'blocked', false]],
    status: '5.7.1',
  },
  {
    server: 'CommuniGate Pro',
    subject: 'Undeliverable mail: Order',
    body: `Failed to deliver to '${ann}'\nSMTP module(domain example.org) reports:\n host mx.example.org says:\n 550 5.2.1 <${ann}>... User unknown\n`,
    failed: [[ann, 'hard', 'user_unknown', true]],
    status: '5.2.1',
  },
  {
    server: 'MailEnable',
    subject: 'Message Delivery Failure',
    body: `MailEnable: Message could not be delivered to some recipients.\nThe following recipient(s) could not be reached:\n\n    Recipient: [SMTP:${ann}]\n    Reason: Remote SMTP Server Returned: 552 5.3.4 Message size exceeds fixed limit\n\nMessage headers follow:\n\n${original}`,
    failed: [[ann, 'hard', 'too_big', false]],
    status: '5.3.4',
  },
  {
    server: 'SmarterMail',
    subject: 'Delivery Failure',
    body: `Could not deliver message to the following recipient(s):\n\nFailed Recipient: ${ann}\nReason: Remote host said: 550 No such user here\n\n   -- The header and top 20 lines of the message follows --\n\n${original}`,
    failed: [[ann, 'hard', 'user_unknown', true]],
    status: '5.0.0',
  },
  {
    server: 'IronPort',
    subject: 'Delivery Status Notification (Failure)',
    body: `The following message to <${ann}> was undeliverable.\nThe reason for the problem:\n5.1.0 - Unknown address error 550-'5.1.1 <${ann}>... User unknown'\n`,
    failed: [[ann, 'hard', 'user_unknown', true]],
    status: '5.1.1',
  },
  {
    server: 'GroupWise',
    subject: 'Mail System Error - Returned Mail',
    body: `The message that you sent was undeliverable to the following:\n\t${ann} (user not found)\n\nPossibly truncated original message follows:\n\n${original}`,
    failed: [[ann, 'hard', 'user_unknown', true]],
  },
  {
    server: 'Notes',
    subject: 'Undeliverable message',
    body: `------- Failure Reasons  --------\n\nUser not listed in public Name & Address Book\n${ann}\n\n------- Returned Message --------\n\n${original}`,
    failed: [[ann, 'hard', 'user_unknown', true]],
  },
  {
    server: 'MDaemon',
    subject: 'Permanent Delivery Failure',
    body: `The attached message had PERMANENT fatal delivery errors!\n\nAfter one or more unsuccessful delivery attempts the attached message has\nbeen removed from the mail queue on this server.\n\nFAILED RECIPIENT: ${ann}\n\nSession Transcript:\n --> RCPT To:<${ann}>\n <-- 550 5.1.1 <${ann}>: Recipient address rejected: User unknown\n`,
    failed: [[ann, 'hard', 'user_unknown', true]],
    status: '5.1.1',
  },
  {
    server: 'smail at T-Online',
    subject: 'mail failed, returning to sender',
    body: `|------------------------- Message log follows: -------------------------|\n no valid recipients were found for this message\n|------------------------- Failed addresses follow: ---------------------|\n <${ann}> ... unknown user\n|------------------------- Message text follows: ------------------------|\n${original}`,
    failed: [[ann, 'hard', 'user_unknown', true]],
  },
  {
    server: 'Exchange, in German',
    subject: 'Unzustellbar: Bestellung',
    body: `Fehler bei der Nachrichtenzustellung an folgende Empfänger oder Verteilerlisten:\n\n${ann}\nDie eingegebene E-Mail-Adresse konnte nicht gefunden werden. Überprüfen Sie die E-Mail-Adresse.\n\nDiagnoseinformationen für Administratoren:\n\nGenerierender Server: mx.example.org\n\n${ann}\n#550 5.1.1 RESOLVER.ADR.RecipNotFound; not found ##\n\nUrsprüngliche Nachrichtenkopfzeilen:\n\n${original}`,
    failed: [[ann, 'hard', 'user_unknown', true]],
    status: '5.1.1',
  },
  {
    server: 'a German provider without codes',
    subject: 'Ihre Nachricht konnte nicht zugestellt werden',
    body: `Ihre Nachricht konnte nicht zugestellt werden an:\n\n   ${ann}\n\nDas Postfach des Empfängers ist voll.\n`,
    failed: [[ann, 'hard', 'mailbox_full', false]],
  },
  {
    server: 'Exchange, in French',
    subject: 'Non remis : Commande',
    body: `Échec de la remise aux destinataires ou aux listes de distribution suivants :\n\n${ann}\nL'adresse de messagerie est introuvable.\n\nInformations de diagnostic pour les administrateurs :\n\nServeur de génération : mx.example.org\n\n${ann}\n#550 5.1.1 RESOLVER.ADR.RecipNotFound; not found ##\n`,
    failed: [[ann, 'hard', 'user_unknown', true]],
    status: '5.1.1',
  },
  {
    server: 'an Italian provider',
    subject: 'Mancata consegna del messaggio',
    body: `Impossibile consegnare il messaggio al seguente destinatario:\n\n${ann}\n\nCasella piena\n`,
    failed: [[ann, 'hard', 'mailbox_full', false]],
  },
  {
    server: 'a Spanish provider',
    subject: 'No se pudo entregar el mensaje',
    body: `No se ha podido entregar su mensaje a los siguientes destinatarios:\n\n<${ann}>: el usuario no existe\n`,
    failed: [[ann, 'hard', 'user_unknown', true]],
  },
  {
    server: 'a Portuguese provider',
    subject: 'Falha na entrega',
    body: `Sua mensagem não pôde ser entregue para:\n\n${ann}\n\nEndereço inexistente\n`,
    failed: [[ann, 'hard', 'user_unknown', true]],
  },
  {
    server: 'a Dutch provider',
    subject: 'Onbestelbaar: bestelling',
    body: `Uw bericht kon niet worden afgeleverd bij:\n\n${ann}\n\nGebruiker onbekend\n`,
    failed: [[ann, 'hard', 'user_unknown', true]],
  },
  {
    server: 'a Russian provider',
    subject: 'Недоставленное сообщение',
    body: `Ваше письмо не может быть доставлено получателю:\n\n${ann}\n\nТакой пользователь не существует\n`,
    failed: [[ann, 'hard', 'user_unknown', true]],
  },
  {
    server: 'a Japanese provider',
    subject: '配信不能通知',
    body: `以下の宛先にメールを配信できませんでした。\n\n<${ann}>\n\n宛先のメールアドレスが見つかりませんでした。\n`,
    failed: [[ann, 'hard', 'user_unknown', true]],
  },
  {
    server: 'QQ, in Chinese',
    subject: '系统退信',
    body: `很抱歉您发送的邮件被退回，以下是该邮件的相关信息：\n\n被退回邮件\n主题：Order\n\n无法发送到 ${ann}\n退信原因：收件人邮箱已满\n`,
    failed: [[ann, 'hard', 'mailbox_full', false]],
  },
  {
    server: 'James',
    subject: '[BOUNCE]',
    from: 'shop@example.net',
    body: `Hi. This is the James mail server at mx.example.net.\nI'm afraid I wasn't able to deliver your message to the following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\nError message below:\n550 No such user\n\nMessage details:\n  Subject: Order\n  MAIL FROM: shop@example.com\n  RCPT TO: ${ann}\n  From: Shop <shop@example.com>\n  To: list@example.org\n`,
    failed: [[ann, 'hard', 'user_unknown', true]],
  },
  {
    server: 'Exim, where the sender was refused',
    subject: 'Mail delivery failed: returning message to sender',
    body: `A message that you sent could not be delivered to one or more of its\nrecipients. This is a permanent error. The following address(es) failed:\n\n  ${ann}\n    host mx.example.org [192.0.2.1]\n    SMTP error from remote mail server after MAIL FROM:<shop@example.com>:\n    553 5.1.0 shop example.com does not exist\n`,
    failed: [[ann, 'hard', 'policy', false]],
  },
  {
    server: 'Mimecast',
    subject: '[Postmaster] Email Delivery Failure',
    body: `This is an automated alert notification. Please do not reply.\n\nAn email that you attempted to send to the following address could not be delivered:\n-- ${ann}\n\nThe problem appears to be :\n-- Recipient email address is possibly incorrect\n\nAdditional information follows :\n-- 5.1.1 No such user\n`,
    failed: [[ann, 'hard', 'user_unknown', true]],
    status: '5.1.1',
  },
  {
    server: 'an unknown server that gives no reason',
    subject: 'Undeliverable: Order',
    body: `Your message was not delivered to:\n\n${ann}\n\nZork 17.\n`,
    failed: [[ann, 'soft', 'other', false]],
  },
];
