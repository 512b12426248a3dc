// Phrases that find fault with the sender, its server or the mail. Data: the order is the order of the questions.
import type { PhraseRule } from './reason.js';

export const phrasesOfSenders: PhraseRule[] = [
  {
    reason: 'rate_limited',
    text: /\[tss?\d\d\]|service refused,? please try later|receiving (?:e?mail|messages) (?:too quickly|at a rate)|too (?:many|much) (?:errors|e?-?mails?|messages|recipients|connections?|sessions|concurrent|requests|mail data)|(?:connection|sending|message|mail|delivery) (?:rate|frequency)|rate[ -]?limit|throttl|unexpected volume|max(?:imum)? (?:emails|messages|defers)|exceeded (?:the )?(?:rate|(?:max|daily|hourly|sending)\w*)|(?:daily|hourly|sending) (?:user )?(?:sending )?(?:limit|quota)|too fast|too frequent|unusual rate|resources temporarily unavailable|frequency limited|trop de (?:connexions|messages|destinataires)|zu viele (?:verbindungen|e?-?mails|nachrichten|empfänger)|demasiad[oa]s (?:conexiones|mensajes|correos)|troppe connessioni|troppi messaggi|слишком много|频率|连接数|超过.{0,6}限制/,
  },
  {
    reason: 'auth_failure',
    text: /\b(?:spf|dkim|dmarc|arc)\b.{0,80}(?:fail|reject|invalid|bad|policy|required|not? (?:pass|align|authoriz|valid|found)|misalign|error|does not|violat|soft|permerror|deny)|(?:fail|reject|bad|invalid|violat|no valid|lack|without|not? pass|unauthenticated|does not)\w*.{0,80}\b(?:spf|dkim|dmarc|domainkeys)\b|domain owner discourages|(?:email|message|mail|sender)[a-z' ]{0,20} (?:is )?(?:unauthenticated|not authenticated|lacks authentication)|(?:does not|doesn't|not) meet .{0,40}authentication|authentication (?:checks?|information|results?) (?:fail|did not|is not)|sender (?:domain )?(?:verification|authentication) fail|sender id \(?pra\)? not permitted|sender policy framework|not (?:designate|permitted to send)|(?:not authori[sz]ed|not allowed) to send (?:mail |email |messages )?(?:from|on behalf|for)/,
  },
  {
    reason: 'spam',
    text: /(?:blacklisted|blocking) (?:url|link|domain in)|(?:url|link)s? .{0,30}(?:blacklist|blocklist)|listed (?:url|link)/,
  },
  {
    reason: 'blocked',
    inLinks: true,
    text: /spamhaus|spamcop|\bsorbs\b|uceprotect|barracudacentral|abuseat|\bcbl\b|mailspike|surriel|dnsbl|\brbls?\b|njabl|senderbase|senderscore|invaluement|proofpoint\.com\/ipcheck|ipcheck\.proofpoint|cloudmark.{0,40}(?:reset|csi)|black ?-?list|block ?-?list|deny ?-?list|liste noire|sperrliste|lista negra|чёрн\w+ спис|черн\w+ спис|黑名单|拒否リスト/,
  },
  {
    reason: 'blocked',
    text: /blocked using|\bip ?= ?[\da-f.:]+ .{0,10}problem occurred|client host (?:rejected|blocked|not)|(?:reverse|inverse|rdns|\bptr\b).{0,60}(?:dns|lookup|fail|missing|record|not|required|invalid|resolv|entry|hostname)|\brdns\b|\bptr\b|reverse (?:dns|host ?name|lookup|record|resolution|address)|(?:no|missing|fix|without|valid|lacks? a?|does not have a) ?(?:reverse dns|rdns|ptr)|(?:poor|bad|low|no) ?(?:ip |domain |sender |email )*reputation|reputation .{0,30}(?:low|poor|bad|block)|\bip\b.{0,60}(?:block|ban|reject|refus|not allowed|denied|prohibit|suspicio)|(?:block|ban|reject|refus|denied|prohibit)\w*.{0,40}(?:\bip\b|your (?:server|host|isp|network))|part of their network is on our|on our block|(?:connections?|mail|messages?) (?:is |are )?(?:not|never) (?:accepted|allowed) from|(?:your|this) (?:host|server|network|domain|ip) (?:is |has been |was )?(?:banned|blocked|denied|listed|not allowed|refused)|dynamic(?:ally)? (?:ip|address|assigned)|generic (?:rdns|hostname|reverse)|residential|helo.{0,40}(?:reject|invalid|fail|does not|not match)|cannot find your (?:reverse )?hostname|unable to (?:verify|resolve) .{0,30}hostname|hostname (?:does not|cannot|lookup)|banned sending|(?:connection|service) (?:refused|denied).{0,30}(?:you|your|abuse|policy)|adresse ip|dirección ip|indirizzo ip|rejet\w+.{0,20}\bip\b/,
  },
  {
    reason: 'content',
    text: /\bvirus|malware|infected|phish|trojan|(?:attachment|file)s?.{0,40}(?:not allowed|block|prohibit|type|forbidden|dangerous|reject)|executable|headers? (?:too large|too big|line too long)|line (?:is )?too long|bare (?:lf|cr)|multiple .{0,30}addresses in from|(?:not|non)[ -]?(?:rfc|compliant)|rfc ?\d{3,4}.{0,30}(?:compliant|violat)|missing (?:required )?(?:header|message-id|date|from)|(?:invalid|malformed|duplicate) (?:header|message|mime|from|date|content)|(?:message|mail) (?:content|body|header)s? (?:is )?(?:reject|not accept|not allow|invalid|violat|denied|refus)|content (?:rejected|denied|violation|encoding|conversion)|conversion (?:is )?(?:required|not|fail)|8bitmime|smtputf8|improper use of 8-bit|mime (?:error|parse)|unacceptable content|header error/,
  },
  {
    reason: 'spam',
    inLinks: true,
    text: /\bspam(?!haus|cop)|\bdt:spm\b|spam(?:signature|assassin)|unsolicited|\bjunk\b|\bube\b|\buce\b|bulk (?:e?mail|message)|mass mailing|looks like (?:spam|advert)|advertis|high probability|content filter|(?:message|mail) (?:looks|appears) suspicious|detected as|\bsuspicious\b.{0,30}(?:content|mail|message)|pourriel|indésirable|correo no deseado|spamverdacht|спам|垃圾|迷惑メール|blockedmessage|unsolicitedmessage|mail rejet|scored? .{0,20}(?:high|too)|\bhazardous\b|reject.{0,3}id=\d/,
  },
  { reason: 'blocked', text: /(?:has been|was|is) (?:temporarily )?blocked/ },
  {
    reason: 'mailbox_full',
    text: /(?:mail ?box|inbox|mail ?file)[a-z ]{0,10} exceed|exceeds? (?:the |your )?mail ?box/,
  },
  {
    reason: 'too_big',
    text: /(?:message|mail|e-?mail|attachment|file|data|body|header)?s? ?(?:size|length).{0,40}(?:exce|too|limit|large|big|max|over)|(?:message|mail|e-?mail|it|attachment)s? (?:is |was |are )?(?:too (?:large|big|long)|larger than|bigger than|over\s?size)|exceeds? .{0,40}(?:size|length|maximum message|administrative limit)|size limit|(?:maximum|max) (?:message|mail) size|too large|nachricht.{0,30}zu groß|trop (?:gros|volumineux|grand)|demasiado grande|troppo grand|muito grande|te groot|слишком больш|サイズ.{0,20}(?:超|大き)|太大|过大|大小超/,
  },
];
