// Phrases about the recipient, its mailbox and its domain. Data: the order is the order of the questions.
import type { PhraseRule } from './reason.js';

export const phrasesOfRecipients: PhraseRule[] = [
  {
    reason: 'other',
    doubtful: true,
    text: /pipe to \||command output|procmail|maildrop|mailer error|operating system error|couldn't create|can't create|local (?:configuration|delivery) (?:error|fail)|internal (?:server )?error|mail (?:forwarding )?loop|too many hops|hop count|duplicated message-id|loops? back|config(?:uration)? error|out of memory/,
  },
  {
    reason: 'mailbox_full',
    text: /(?:mail ?box|mail ?folder|inbox|mail ?file|maildir|account|user|recipient)(?:'s)?[a-z ]{0,30}(?:is |are |has been )?(?:full|exceed|over (?:its |the |their )?(?:quota|limit|size|capacity)|out of (?:storage|space))|over ?-?quota|quota.{0,30}(?:exceed|full|reached|violat|would)|(?:exceed|over|no)\w*.{0,40}(?:quota|storage|mailbox (?:size|limit)|disk)|(?:not enough|insufficient|no|out of) (?:disk |mailbox |storage |free |more )*(?:space|storage|room|disk)|maximum (?:capacity|storage|mailbox)|mailbox exceeds|disk (?:quota|full|space)|size limit of the (?:mail|in)box|mailbox size limit|too many messages in (?:this|the) mailbox|message(?:s)? in recipient's mailbox exceed|allowed size|volumineux|boîte .{0,30}pleine|boite .{0,30}pleine|postfach.{0,40}(?:voll|überfüllt|überschr)|speicherplatz|buz[óo]n.{0,40}(?:llen|exced|supera)|casella.{0,40}(?:piena|satura|superat)|caixa.{0,40}(?:cheia|lotada)|mailbox.{0,20}vol\b|postvak.{0,20}vol\b|(?:ящик|почт).{0,40}(?:переполн|заполн)|превы\S+ квот|メールボックス.{0,30}(?:一杯|いっぱい|満|容量)|容量.{0,20}(?:超|不足)|(?:邮箱|信箱|空间).{0,12}(?:已满|满|不足)|邮箱空间/,
  },
  {
    reason: 'other',
    doubtful: true,
    text: /(?:account|mailbox|user|recipient|address|domain)(?:s|\(s\))?[^.:;]{0,40} (?:is |has been |are |was |temporarily |currently )*(?:disabled|suspended|locked|deactivated|frozen|on hold|limited|blocked|closed temporarily)|disabled (?:recipient|account|user|mailbox)|suspended (?:account|user|mailbox)|vacation expired|konto.{0,20}(?:gesperrt|deaktiviert)|compte.{0,20}(?:suspendu|désactivé|bloqué)|cuenta.{0,20}(?:suspendida|desactivada|bloqueada)|(?:ящик|аккаунт|пользовател).{0,30}(?:заблокир|отключ)|(?:账号|帐号|用户|邮箱).{0,8}(?:禁用|停用|冻结|锁定)/,
  },
  {
    reason: 'policy',
    text: /(?:sender|return[ -]path|envelope|(?:mail )?from(?:[ -](?:address|domain|header))|mail from)[ -]?(?:address|path|domain|e?mail)?[^.;:]{0,30}(?:reject|refus|denied|not (?:allowed|permitted|authori|accept|exist|valid|verif|found)|does not exist|invalid|unroutable|unrouteable|blocked|unknown|must resolve)|(?:unroutable|unrouteable|invalid|unknown|bad|unresolvable|unverified) (?:sender|return|envelope|from|domain of sender)|domain of sender|sender verif(?:y|ication)|(?:weren't|not) recognized as a valid sender|mail from .{0,40}(?:reject|refus|denied)|rejected due to (?:security|policy)|sender not allowed/,
  },
  {
    reason: 'policy',
    text: /open relay|(?:do not|don't|won't|does not|not) (?:allow(?:ed)? (?:to )?)?relay|relay(?:ing)?.{0,20}(?:denied|prohibit|not (?:allow|permit)|not authori|disallow|refus|forbid)|(?:no|not|unable to|cannot|can't|refus\w+ to|not (?:allowed|permitted) to) relay|not (?:a )?(?:local|gateway) (?:domain|host)|authentication required|authrequired|must authenticate|unauthenticated senders|requires authentication|only accepts? (?:mail|messages) from|restricted|not authori[sz]ed|not permitted|(?:need|have|don't have|may not have) .{0,20}permission|permission denied|members only|(?:posting|post) .{0,30}(?:not allowed|restricted|denied)|moderated/,
  },
  {
    reason: 'host_unknown',
    text: /(?:host|domain)(?: name)?(?: server)? (?:unknown|not found|(?:does|did) ?n(?:o|')t exist)|(?:unknown|no such) (?:host|domain)|nxdomain|null ?mx|domain name not found|(?:host|domain|server)[^.:;]{0,20} (?:does(?: not|n't)|do not) (?:accept|receive) (?:any )?(?:e?-?mail|messages)/,
  },
  {
    reason: 'user_unknown',
    text: /(?:user|recipient|mailbox|account|address|addressee|local ?part|alias|customer|employee|subscriber|destination|username|person)[^.:;]{0,50} (?:is |was |are |has been |could |can |does |do |did )*(?:unknown|not (?:found|exist|known|valid|listed|recogni|available|here|a valid|be found|in|our|defined|active|registered)|n't (?:exist|found|have|be found)|unavailable|invalid|inactive|discontinued|deleted|removed|closed|terminated|no longer|incorrect|never logged)|(?:unknown|no such|invalid|non-?existe\w+|unrecogni[sz]ed|bad|illegal|undefined|inactive|nonlocal) (?:or illegal )?(?:local |e?-?mail |destination |virtual |to |smtp )*(?:user|recipient|mailbox|account|address|alias|destination|addressee|person|customer|local ?part|name)|user (?:unknown|not|doesn|does not|invalid|lookup)|users? not exist|(?:isn't|is not|not) (?:a )?(?:our|known|valid) (?:customer|user|mailbox|recipient|account)|not our customer|no (?:mailbox|one|account|user|recipient|person|such|valid recipients?) (?:here|by|with|name|found|exist|for|person|user|is|at|on)?|(?:wasn't|was not|weren't|not|couldn't be|could not be|can't be|cannot be) found|recipient (?:no longer|unknown|not|invalid|gone)|(?:has )?(?:moved|left) (?:to|the|permanently|our)|no longer (?:on server|valid|available|in use|exists?|employed|with|active|works?|a )|does ?n(?:o|')t (?:exist|have an? (?:account|mailbox))|do not have an? account|not listed in|not (?:exist|known) (?:here|on|at|in)|(?:destinataire|adresse|utilisateur|compte|boîte).{0,40}(?:inconnu|n'existe|invalide|introuvable|inexistant|n'est pas)|(?:empfänger|benutzer|adresse|postfach|mailbox|konto).{0,60}(?:unbekannt|nicht gefunden|existiert nicht|nicht vorhanden|ungültig|nicht bekannt)|(?:usuario|destinatario|dirección|direccion|cuenta|buzón|utente|indirizzo|casella|usuário|endereço|destinatário|conta).{0,50}(?:desconocid|no existe|no encontrad|inv[áa]lid|non esiste|inesistente|sconosciut|non trovat|não existe|desconhecid|não encontrad|inexist|no se (?:ha )?encontr)|(?:gebruiker|ontvanger|adres).{0,40}(?:onbekend|bestaat niet|niet gevonden|ongeldig)|(?:пользовател|получател|адрес|ящик).{0,50}(?:не существу|не найден|неизвест|недействи|не зарегистр)|(?:не существу|не найден|неизвест)\S*.{0,30}(?:пользовател|получател|адрес|ящик)|(?:宛先|受信者|ユーザ|アドレス|メールアドレス|アカウント).{0,40}(?:見つかりません|存在しま|不明|ありません|見つからな)|(?:用户|收件人|收件地址|邮箱|地址|帐号|账号).{0,40}(?:不存在|未知|无效|找不到|未找到)|(?:不存在|找不到).{0,10}(?:用户|收件人|邮箱|地址)|사용자.{0,20}(?:없|존재하지)|recip(?:ient)?notfound|5\.1\.1 .{0,10}unknown|mailbox unavailable|no mailbox/,
  },
  {
    reason: 'user_unknown',
    doubtful: true,
    text: /recipient (?:address )?(?:was )?(?:rejected|refused|denied)|(?:rejected|refused) (?:the )?(?:recipient|address)|mailbox (?:not available|temporarily unavailable)|check if address is correct|rejected by (?:a|the) remote mail server|domain filter/,
  },
  {
    reason: 'host_unknown',
    text: /(?:host|domain|domain name|server|name)[^.:;]{0,40}(?:not found|unknown|(?:does|did) ?n(?:o|')t exist|couldn't be found|could not be found|not exist|is not valid|invalid|no such)|(?:unknown|no such|invalid|unrouteable|unroutable|bad) (?:host|domain|mail domain|address)|nxdomain|host unknown|no (?:mx|mail exchange|a record|mx or a|such host|dns)|null mx|(?:couldn't|could not|cannot|can't|unable to) (?:find|locate|resolve) (?:a |any |the )?(?:mail exchanger|host|server|gateway|mx|domain|address of|route|relay)|no (?:gateway|mail server|valid mx)|mail exchanger or ip|indicated no smtp|(?:does|do)(?: not|n't) (?:accept|receive) (?:any )?(?:e?-?mail|message)|name or service not known|domain (?:no longer|has no)|no route to (?:domain|host name)|unresolvable|unrouteable|all relevant mx records point to non-existent|mx .{0,20}(?:invalid|nonexist|points? to)|domaine.{0,30}(?:inconnu|n'existe|introuvable)|domäne.{0,40}(?:nicht gefunden|unbekannt|existiert nicht)|dominio.{0,30}(?:no existe|no se encontr|non esiste|inesistente|sconosciuto)|domínio.{0,30}(?:não existe|não encontrado|inexistente)|домен.{0,30}(?:не найден|не существу)|ドメイン.{0,30}(?:見つかり|存在しま)|域名.{0,12}(?:不存在|找不到|无法|错误)/,
  },
  {
    reason: 'expired',
    text: /timed? ?out|time ?-?out|expired|(?:within|after|for|more than) \d+ (?:hours?|days?|minutes?|attempts?|seconds)|maximum (?:time|age|retr|number of (?:attempts|retr))|life ?time|temporarily (?:suspended|deferred)|all (?:relevant )?(?:hosts|mx|servers).{0,30}(?:fail|unreach|down)|mail ?server.{0,20}(?:down|unavailable|not available)|giving up|given up|(?:delivery|sending|tried|failed) .{0,10}\d+ (?:attempts|times)|could not (?:be )?deliver\w* for|undeliver\w+ (?:for|after)|connect(?:ion|ed|ing)?[^.;]{0,30}(?:refus|fail|reset|lost|closed|dropped|timed|unreach|broken|could not)|(?:network|host|route)[^.;]{0,20}unreach|network error|no route to host|(?:unable|failed|could not|couldn't|cannot|can't|not able) to (?:connect|contact|reach|establish|open)|did not accept our requests|socket error|in the queue too long|too old|not (?:responding|answering)|no (?:answer|response) from|temporary (?:lookup|dns|name)|host name lookup failure|name server.{0,20}(?:fail|timeout|time-out)|retry|cannot send message for|lost connection|delivery time|délai|zeitüberschreitung|frist|caducad|scadut|expirou|истек|истёк|タイムアウト|期限|超时|逾时/,
  },
  {
    reason: 'policy',
    inLinks: true,
    text: /polic(?:y|ies)|access denied|security|administrative(?:ly)? (?:prohibit|reject|denied)|not accepted for|prohibited|(?:message|mail|delivery|transaction|service) (?:was |has been |is )?(?:rejected|refused|denied|not accepted)|groups\.google\.com\/support|\brejected\b|unwanted|not wanted|forbidden|abgelehnt|verweigert|refusé|rechazad|rifiutat|recusad|geweigerd|отклон|отказ|拒否|拒绝|拒收|被拒|退回/,
  },
];
