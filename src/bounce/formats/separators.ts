// The lines that servers put between their notice and the mail that they return. Data.

/** Searched in a line in lower case, without the dashes, stars and signs around it. */
export const separators: RegExp[] = [
  /^(?:below this line is a )?copy of (?:the|your) (?:original )?(?:message|mail)/,
  /^(?:below|this|here|following|attached) (?:this line )?is (?:a |the |your )*(?:copy|original|header|returned)/,
  /^(?:the )?(?:header|body|text|first \d+ \w+)s? of (?:the|your) (?:original |returned )?(?:message|mail)/,
  /^(?:original|returned|unsent|undelivered|rejected|bounced) (?:message|mail)(?: text| headers?| body)?(?::|$| (?:follows?|as follows|below|is|attached))/,
  /^message (?:headers?|text|body) (?:follow|is|below)/,
  /^(?:original|returned) (?:message )?headers?/,
  /^(?:header|start|beginning) of (?:original|returned|the) ?(?:message|mail)?/,
  /^included (?:below )?(?:is|are)/,
  /^(?:your|the) original (?:message|mail) (?:follows|is below|below|text)/,
  /^non-delivered information$/,
  /^(?:received: (?:from|by) |return-path: ?<)/,
  /^(?:ursprüngliche|originale?) (?:nachricht|kopfzeilen|nachrichtenkopfzeilen)/,
  /^(?:en-têtes? (?:de messages? )?d'origine|message d'origine|en-têtes? du message)/,
  /^(?:encabezados de mensajes? originales?|mensaje original)/,
  /^(?:intestazioni (?:originali|messaggio)|messaggio originale)/,
  /^(?:cabeçalhos? (?:da mensagem )?originais|mensagem original)/,
  /^oorspronkelijke? (?:bericht|berichtkoppen)/,
  /^(?:исходн\S+ (?:сообщен|письм|заголов)|заголовки исходного)/,
  /^(?:元の?メッセージ|オリジナルメッセージ)/,
  /^(?:原始邮件|原邮件(?!信息)|原始郵件|邮件原文)/,
];

/** Longer lines are text. */
export const longestSeparator = 120;
