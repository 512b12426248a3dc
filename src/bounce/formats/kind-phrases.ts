// The words by which a bounce, a delay and all that is neither are told from each other, in many languages. Data.

/** In a subject: delivery failed. */
export const failureSubjects =
  /undeliver|un?deliverable|deliver(?:y|ed)?[a-z: -]{0,40}(?:fail|problem|error|status|notif|could not)|mail(?:er)?[ -](?:delivery|system error|could not)|fail(?:ed|ure)[a-z ]{0,20}(?:notice|notif|deliver|mail|message)|failure notice|return(?:ed|ing)[a-z ]{0,20}(?:mail|message|to sender)|(?:could|can) ?not (?:be )?(?:send|sent|deliver)|not (?:be )?delivered|non[- ]?delivery|\bndn\b|\bdsn\b|mail failure|permanent fail|error sending|bounce|rejected (?:mail|message)|loop alert|mail system error|unzustellbar|nicht zugestellt|nicht zustellbar|zustellung|zustell\S* fehl|échec|non (?:remis|distribu|délivré)|remise (?:impossible|du message)|non remis|no se (?:pudo|puede|ha podido) entregar|no entregad|devuelto|entrega fallida|error de entrega|mancata consegna|impossibile (?:recapitare|consegnare)|non recapitabil|non consegnat|não (?:entregue|foi possível entregar)|falha (?:na|de|no) (?:entrega|envio)|devolvid|onbestelbaar|niet (?:afgeleverd|bezorgd|bestelbaar)|kan niet worden bezorgd|не ?доставл|недоставл|ошибка доставки|не удалось доставить|配信(?:不能|エラー|できません|失敗)|配送(?:不能|エラー|失敗)|送信(?:エラー|できません)|エラーメール|未達|退信|投递失败|无法投递|发送失败|传送失败|傳送失敗|未能送达|반송|전송 실패|nedoru|niedostarczon|zwrot|kézbesít|doručen|kunne ikke leveres|kunde inte levereras/i;

/** In the body: delivery failed for good. */
export const failureBodies =
  /(?:(?:could|can|was|were|has|have)(?:n't| ?not)|unable|not able|failed|couldn't|wasn't)[a-z' ]{0,50}(?:be (?:delivered|sent)|deliver(?:ed)?\b|been delivered|reach|accept)|undeliverable|permanent(?:ly)? (?:fatal )?(?:error|fail)|delivery[a-z :]{0,50}fail|failed (?:permanently|to deliver|\d+ attempts|to send)|giv(?:e|en|ing) up|(?:did|does) not reach|was rejected|rejected by|(?:had|with) delivery (?:problems|errors)|fatal errors|following address(?:es)?(?:\(es\))? failed|delivery (?:problems|errors)|returned to sender|not delivered|couldn't be (?:delivered|found)|trouble delivering|did not like our|bounced|duplicated message-id in|failure reasons|error message below|mailbox is full|(?:groups?|permission).{0,40}post|konnte[^.]{0,60}nicht[^.]{0,40}(?:zugestellt|ausgeliefert|übermittelt)|nicht zugestellt|fehler bei der nachrichtenzustellung|zustellung[^.]{0,40}fehlgeschlagen|n'a (?:pas )?pu être (?:remis|distribu|délivr|envoy)|échec de la remise|n'a pas été (?:remis|distribu|délivr)|no (?:se )?(?:pudo|ha podido|puede|ha sido)[^.]{0,30}entrega|no (?:se )?pudo ser entregad|error en la entrega|impossibile (?:recapitare|consegnare)|non (?:è stato|può essere)[^.]{0,30}(?:consegnat|recapitat)|não (?:pôde|pode|foi)[^.]{0,30}(?:entreg|envia)|falha na entrega|kan niet worden (?:bezorgd|afgeleverd)|kon niet worden (?:bezorgd|afgeleverd)|niet (?:bezorgd|afgeleverd)|не (?:может быть|было|удалось)[^.]{0,40}достав|не доставлено|配信できません|配信されません|配送できません|送信できません|届けることができません|お届けできません|エラーのため|送ることができません|无法(?:投递|送达|发送|传送)|投递失败|被退回|退信|未能送达|無法(?:傳送|投遞)|전송하지 못했|배달되지/i;

/** In subject or body: delivery is late and goes on being tried. */
export const delayPhrases =
  /(?:has been|is|was|been) delayed|delayed (?:mail|for more|\d+ hours)|delivery (?:is )?delay|(?:this is a )?warning (?:message )?only|need to re-?send|will be retried|(?:continue|keep)\w* (?:trying|to try|retrying|to retry)|still (?:being )?(?:retr|undelivered|in the queue|trying)|not yet been delivered|could not send (?:message|mail|e-?mail) for past|temporary failure report|no action is required|delivery status notification \(delay\)|attempts? to deliver[a-z ]{0,30}will continue|verzöger|wird weiter versucht|noch nicht zugestellt|retardé|différée?|remise a été retard|pas encore (?:été )?(?:remis|distribu)|(?:se ha|ha sido|entrega)[a-z ]{0,20}(?:retrasad|demorad)|ritardat|consegna in ritardo|atrasad[ao]|vertraagd|задержан|задержива|отложен|遅延|遅れ|再送(?:を|し)|延迟|延遲|지연/i;
/** Words that end a delay, whatever else the mail says. */
export const gaveUp =
  /(?:will be|has been) (?:deleted|removed) from (?:the )?queue|giving up|given up|permanent(?:ly)? (?:error|fail)|expired|failed permanently/i;

/** In a subject: an automatic answer. */
export const autoReplySubjects =
  /^(?:re: ?|aw: ?|fw: ?)?(?:auto(?:matic|mated|matische|matisch|mática|matica|)?[ -]?(?:reply|response|answer|antwort|repl|responder|risposta|resposta|réponse)|auto:|out[ -]of[ -](?:the[ -])?office|ooo\b|vacation|on (?:leave|holiday|vacation)|away (?:from|until|on)|i am (?:away|out)|i'm (?:away|out)|absen(?:t|ce)|abwesen|automatische|urlaub|nicht im (?:büro|haus)|réponse automatique|message d'absence|absent du bureau|respuesta automática|fuera de (?:la )?oficina|ausente|risposta automatica|fuori (?:sede|ufficio)|assente|resposta automática|ausência|fora do escritório|automatisch antwoord|afwezig|автоответ|автоматический ответ|вне офиса|отсутств|自動(?:応答|返信)|不在|自动(?:回复|答复)|自動回覆|不在办公室|자동 ?(?:회신|응답)|부재)/i;

/** In subject or body: the sender is asked to show that he is a person. */
export const challengePhrases =
  /(?:challenge[- ]response|(?:confirm|verify|prove)[a-z' ]{0,60}(?:you are (?:a )?(?:human|real|person)|not a (?:robot|spammer|machine)|your (?:message|e-?mail|identity) (?:was|to|so|before|by))|please confirm your message|sender (?:verification|confirmation|address verification) (?:required|request)|whitelist request|spam ?arrest|boxbe|tmda|approve your (?:message|mail|e-?mail)|added? to (?:my|the) (?:approved|allowed) (?:senders?|list)|click[a-z ]{0,40}(?:to (?:deliver|release|confirm)|link)[a-z ]{0,60}(?:be delivered|your (?:message|mail))|pending(?: your)? (?:confirmation|verification)|bestätigen sie[^.]{0,60}(?:nachricht|absender)|confirmez[^.]{0,40}(?:message|expéditeur)|confirme[^.]{0,40}(?:mensaje|mensagem)|подтвердите[^.]{0,40}(?:письм|отправ))/i;

/** In a subject of a read receipt. */
export const receiptSubjects =
  /^(?:read|not read|gelesen|ungelesen gelöscht|lu ?:|leído|leída|letto|lida|lido|gelezen|прочитано|прочтено|開封|已读|已讀)\b ?:?/i;

/** In a subject of a mail about many mails. */
export const summarySubjects =
  /quarantine|quarantäne|cuarentena|quarantaine|quarantena|\bdigest\b|summary|report domain|statistic|spam report|storage (?:warning|limit)|newsletter/i;
