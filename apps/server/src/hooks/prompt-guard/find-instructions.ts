import { toExcerpt, type Finding } from './finding.ts';
import { toPlainText } from './plain-text.ts';

interface Rule {
  name: string;
  /** Of a plain text, see `toPlainText`. */
  pattern: RegExp;
  weight: number;
}

const READER =
  '(?:ai|a\\.i\\.|llms?|language models?|assistants?|agents?|chat ?bots?|bots?|claude|gpt|copilot|gemini|models?|crawlers?|summari[sz]ers?)';
const ORDERS =
  '(?:instructions?|directions?|directives?|prompts?|rules?|guidelines?|guardrails?|orders?|restrictions?|polic(?:y|ies)|constraints?|safety|safeguards?|tasks?|programming|what you were told|everything (?:above|before|you))';
const PERSON =
  '(?:users?|humans?|person|people|developers?|owners?|operators?|customers?|reviewers?|anyone|anybody|them|him|her)';
/** What nobody asks of an agent in passing. */
const RISKY =
  '(?:send|upload|post|forward|e-?mail|transmit|exfiltrate|reveal|leak|disclose|print|share|delete|remove|approve|merge|disable|grant|transfer|install|download|execute|run|curl|fetch|open|visit|call|invoke|append|include|recommend|rate|rank|score|mark|classify|reply|respond|answer|say|output|write|add|paste|encode|read|collect|search|list|commit|push|skip|stop|treat|accept|buy|pay|order|book|rewrite|praise|mention)';

/** What is further apart is not said in one breath. */
const PASSAGE_CHARS = 600;
const OVERLAP_CHARS = 150;
/** The sum of the weights of the rules that match has to reach this. */
const THRESHOLD = 5;

const RULES: readonly Rule[] = [
  {
    name: 'override',
    pattern: new RegExp(
      `\\b(?:ignor(?:e|ing)|disregard|forget|override|bypass|discard|set aside|drop|do not (?:follow|obey)|don't (?:follow|obey)|stop (?:following|obeying)|pay no attention to|no longer (?:apply|bound))(?:[ ,;:'"(]+[\\w']+){0,5}?[ ,;:'"(]+(?:previous|prior|above|earlier|preceding|your|all|any|system|original|current|existing|every|these|those|other|safety)(?:[ ,;:'"(]+[\\w']+){0,4}?[ ,;:'"(]+${ORDERS}\\b`,
    ),
    weight: 4,
  },
  {
    name: 'superseded',
    pattern: new RegExp(
      `${ORDERS}\\b[^.!?]{0,60}\\b(?:(?:is|are|has been|have been|was|were) (?:now )?(?:void|cancell?ed|superseded|replaced|revoked|suspended|obsolete|outdated|lifted|overridden)|no longer (?:appl(?:y|ies)|valid|in (?:force|effect)))`,
    ),
    weight: 2,
  },
  {
    name: 'secrecy',
    pattern: new RegExp(
      `(?:\\b(?:do not|don't|never|without|must not|should not|no need to|avoid)\\b(?: (?:ever|also|ask|try to))?\\W+(?:tell(?:ing)?|mention(?:ing)?|inform(?:ing)?|reveal(?:ing)?|show(?:ing)?|notify(?:ing)?|alert(?:ing)?|ask(?:ing)?|warn(?:ing)?|report(?:ing)?|disclos(?:e|ing)|bother(?:ing)?|confirm(?:ing)?|say(?:ing)?|summari[sz](?:e|ing))\\b[^.!?]{0,60}\\b(?:${PERSON}|this (?:note|message|step|instruction|comment|text)|it)\\b|(?:\\b(?:keep|do) (?:this|it) (?:a )?(?:secret|hidden|quiet|silently|quietly)|\\b(?:silently|secretly|quietly)\\b[^.!?]{0,20}\\b${RISKY}))`,
    ),
    weight: 2,
  },
  {
    name: 'addressed',
    pattern: new RegExp(
      `(?:\\b(?:to|for|dear|hey|hi|hello|attention|estimad[oa]|liebe[rs]?|cher|an die|an den|note pour l'|pour l')[ @:,*]*(?:the |any |all |every |whatever |whichever |your |our |those |whoever )?(?:[\\w-]+ ){0,3}?@?(?:${READER}|system|künstliche intelligenz|ki[\\w-]*|asistente|ia)\\b|\\b${READER} (?:\\w+ )?(?:read(?:ing|ers?)|processing|handling|using|integrating|compiling|rendering|screening|logging in|maintain\\w+|that|who|which|whenever|acting)\\b|(?:^|[\\[("#>.] ?)(?:\\w+ )?${READER}(?: readers?| note| directive)?\\]?\\s?[:：]|\\bto_agent\\b|给您的智能助理|助手|智能体|エージェント(?:宛|へ)|ki-agent|ia\\b[^.]{0,10}:|modelo que|\\b(?:notes?|messages?|attention|instructions?|hints?|notices?|reminders?|tasks?|requests?|directives?|important|memo)\\W+(?:to|for)\\W+(?:all |any |every |the |other |an? |whichever |your )?(?:\\w+ ){0,2}${READER}\\b|\\b(?:dear|hey|hi|hello|attention|dear fellow)[, ]+(?:\\w+ )?${READER}\\b|^\\W*${READER}\\s*[:,]|[.!>"\\n] *(?:ai|assistant|agent|claude|llm)\\s*[:,])`,
    ),
    weight: 2,
  },
  {
    name: 'if_you_are',
    pattern: new RegExp(
      `\\b(?:if|when|since|as|because) (?:you|the reader|whoever reads this)(?: are|'re| is)? (?:(?:currently |now )?(?:an? |the )?(?:\\w+ )?${READER}\\b|(?:an? )?automated\\b|(?:processing|summari[sz]ing|parsing|reading) this)`,
    ),
    weight: 2,
  },
  {
    name: 'reader_must',
    pattern: new RegExp(
      `\\b${READER}\\b[^.!?]{0,50}\\b(?:must|should|shall|needs? to|ha(?:s|ve) to|(?:is|are) (?:required|instructed|authori[sz]ed|asked|expected|to)\\b|please|kindly)\\b[^.!?]{0,40}\\b${RISKY}\\b`,
    ),
    weight: 2,
  },
  {
    name: 'new_role',
    pattern:
      /\b(?:you are (?:now|no longer|from now on)\b|from now on,? (?:you|act|answer|respond|always|every)|pretend (?:to be|that you|you)|act as (?:if|though|an? unrestricted|root|the admin)|(?:enter|enable|activate|switch (?:in)?to)\b[^.!?]{0,25}\b(?:developer|debug|god|dan|maintenance|unrestricted|admin|root|jailbreak) ?mode|your (?:new|real|actual|true|next|only|updated) (?:task|goal|instructions?|objective|purpose|role|job|persona|mission|orders?)\b|new (?:system )?(?:instructions?|prompt|orders?|directives?)\s*:)/,
    weight: 2,
  },
  {
    name: 'authority',
    pattern:
      /\b(?:system|admin(?:istrator)?|security|anthropic|openai|platform|operator|developer|maintenance|compliance|root|it department)(?: team)?['s]*\W+(?:notice|override|message|alert|update|directive|announcement|command|prompt|instruction|policy update|request|authori[sz]ation|approved?|says?|requires?)\b/,
    weight: 1,
  },
  {
    name: 'you_must',
    pattern: new RegExp(
      `\\b(?:you (?:must|are required to|are (?:hereby )?authori[sz]ed to|are instructed to|have to|need to|should|may now|are permitted to|can now)|before (?:you )?(?:answer|continu|respond|repl|proceed|summari|do)\\w*|in order to (?:continue|proceed)|to (?:continue|proceed|complete (?:this|the))|first,?|now,?|please|then|always)\\b[^.!?]{0,40}\\b${RISKY}\\b`,
    ),
    weight: 1,
  },
  {
    name: 'conversation_markup',
    pattern:
      /<\|(?:im_start|im_end|system|user|assistant|endoftext)\|>|\[\/?inst\]|<<sys>>|<\/?(?:system|system-reminder|system_prompt|function_results|instruction|response|tool_result|tool_response|assistant|human|user_message|admin)\b[^>]*>|(?:^|[\n.>] ?)(?:#{1,4} ?)?(?:system|assistant|human)(?: prompt| message)?: |\bend of (?:tool|function|document|web ?page|file|context|user|the) (?:result|output|content|input|data|document)\b/,
    weight: 2,
  },
  {
    name: 'reveal_prompt',
    pattern:
      /\b(?:reveal|print|repeat|output|show|disclose|tell (?:me|us)|include|paste|quote|send|leak|share)\b[^.!?]{0,40}\b(?:your|the) (?:\w+ )?(?:system prompt|initial (?:prompt|instructions)|hidden (?:prompt|instructions)|original instructions|system message|instructions verbatim|full prompt|conversation(?: history| so far)?|chat history)/,
    weight: 3,
  },
  {
    name: 'ask_for_secrets',
    pattern:
      /\b(?:send|post|upload|forward|e-?mail|transmit|copy|submit|share|paste|include|append|attach|read|print|collect|put|report|encode|exfiltrate|reveal|output|fetch|cat)\b[^.!?]{0,80}(?:api[ _-]?keys?|secrets?|access tokens?|\btokens\b|passwords?|credentials?|environment variables|\.env\b|ssh keys?|id_rsa|private keys?|session cookies?|\.aws|\.npmrc|wallet|seed phrase)/,
    weight: 2,
  },
  {
    name: 'hidden_markup',
    pattern: new RegExp(
      `(?:<!--(?:(?!<!--|-->).){0,300}?\\b(?:${READER}|you must|you should|ignore)\\b|(?:display: ?none|visibility: ?hidden|font-size: ?0|opacity: ?0|color: ?(?:#fff\\w*|white|transparent))[^<]{0,60}>[^<]{0,400}\\b(?:${READER}|you|ignore)\\b|\\b(?:alt|aria-label|title|content)="[^"]{0,200}\\b(?:${READER}|ignore)\\b[^"]{0,60}\\b${RISKY}\\b)`,
    ),
    weight: 2,
  },
  {
    name: 'verdict_request',
    pattern: new RegExp(
      `\\b(?:${READER}|you)\\b[^.!?]{0,40}\\b(?:must|should|always|please|only|are to|will)\\b[^.!?]{0,60}\\b(?:recommend|rate|rank|score|mark|classify|approve|accept|say|answer|report|conclude|describe|state)\\b[^.!?]{0,60}\\b(?:safe|positive(?:ly)?|best|approved|top|first|10|five stars|no (?:issues?|problems?|vulnerabilit)|harmless|qualified|excellent|passed|clean|favou?rabl[ey])`,
    ),
    weight: 2,
  },
  {
    name: 'harmful_request',
    pattern:
      /\b(?:merge[sd]?|push(?:es)? (?:directly|straight|to main|--force)|--force|force-push|approve[sd]?|delet(?:e[sd]?|ing)|drop (?:them|the|it)|remove (?:the|its)|wipe|empty(?:ing)? the|disable|turn off|switch off|transfer|refunds?|payments?|purchase|free of charge|publish|invite|as (?:an? )?(?:owner|maintainer|admin\w*)|authorized_keys|chmod|sudo|passwords?|permission mode|permissions|two-step|signature check|spam|cancel|reset|grant|elevate|overwrite|rewrite|hooks?\b|\.github|~\/\.|trusted senders|return true|leave out|omit|say (?:that|only|nothing)|state that|claim|recommend\w*|score (?:it )?\d|10\/10|five stars|lösch\w*|sagen sie|publier|désactiver|marca como|archíva\w*|omite|afirma|マージ|删除|改到|回复)/,
    weight: 2,
  },
  {
    name: 'claimed_consent',
    pattern:
      /(?:\b(?:already|has|have|had|was|were|is|are|been) (?:already |in advance )?(?:approved|authori[sz]ed|agreed|decided|discussed|permission|allowed|exempt|suspended|granted|entitled|promoted|lifted|extended|fine with)|\b(?:approvals?|permissions?|confirmations?|reviews?|consent)\b[^.!?]{0,20}\b(?:not (?:needed|required|necessary)|suspended|waived|unnecessary)|\bneeds? no (?:approval|confirmation|review)|\bneed not (?:wait|ask)|\bwithout (?:asking|approval|confirmation|review|a ticket|running)|\bknows? about (?:it|this)|\bask nothing|\b(?:may|must) not disclose|\bno warnings|\bdon't (?:compare|describe|discuss)|\bwith(?:out)? telling|\beven if the user|\bthe user (?:has )?(?:asked|approved|agreed|wants)|nicht nötig|besprochen|l'autorisation|sans relecture|免除|无需|已经(?:口头)?确认|no debe recibir)/,
    weight: 2,
  },
  {
    name: 'german',
    pattern:
      /(?:ignorier|vergiss|vergesst|missachte|übergeh)[^.!?]{0,60}(?:anweisung|instruktion|regel|vorgabe|befehl)|(?:anweisung|instruktion|regel|vorgabe|befehl)\w*[^.!?]{0,20}(?:ungültig|aufgehoben|hinfällig)|(?:nutzer|benutzer|anwender|mensch|auftraggeber)[^.!?]{0,40}(?:nicht|nichts)[^.!?]{0,25}(?:sag|mitteil|informier|erwähn|erfahr|wissen|frag)|(?:sag|informier|erwähn|verrat|frag|teil)[^.!?]{0,40}(?:nutzer|benutzer|anwender|mensch)[^.!?]{0,25}(?:nicht|nichts)|ohne[^.!?]{0,30}(?:nachfrage|nutzer|rückfrage|zu fragen)|(?:an|für) (?:alle |den |die |das )?(?:ki|sprachmodell|assistent)[^.!?]{0,80}(?:sende|schick|lösch|führe|öffne|antworte|lies|übermittle|gib|füge|bewerte|empfiehl)/,
    weight: 4,
  },
  {
    name: 'french',
    pattern:
      /(?:ignore[rz]?|oublie[rz]?|ne (?:tiens|tenez|tenir) (?:pas|plus) compte de|fai(?:s|tes) abstraction de) (?:les|toutes?|vos|tes|ces|ses|l'|tout)[^.!?]{0,60}(?:instructions?|consignes?|directives?|règles?)|(?:ne|sans)[^.!?]{0,25}(?:dis|dites|dire|informe|prévien|préven|avert|mentionn|demand)[^.!?]{0,40}(?:utilisateur|personne|rien)|(?:assistant|ia|modèle|agent)\b[^.!?]{0,60}(?:dois|doit|devez|doivent|merci de|veuillez)[^.!?]{0,60}(?:envo|supprim|transmet|exécut|copi|révél|ouvr|recommand|affich|ajout)/,
    weight: 4,
  },
  {
    name: 'spanish',
    pattern:
      /(?:ignora|olvida|omite|haz caso omiso|desestima|descarta)[^.!?]{0,60}(?:instrucciones|reglas|indicaciones|órdenes|directrices)|(?:no|sin)[^.!?]{0,20}(?:diga|inform|avis|mencion|pregunt|revel|dig[oa]|decir)[^.!?]{0,40}(?:usuari|nadie|nada|persona)|(?:asistente|ia|modelo|agente)\b[^.!?]{0,60}(?:debe|debes|deben|por favor|tiene que)[^.!?]{0,60}(?:envi|envía|borr|elimin|ejecut|copi|revel|abr|recomiend|muestr|añad)/,
    weight: 4,
  },
  {
    name: 'chinese',
    pattern:
      /(?:忽略|无视|無視|忘记|忘記|不要理会|无需理会|請忽略|不用管|抛开)[^。!?！？]{0,20}(?:指令|指示|提示|规则|規則|说明|說明|要求|命令|限制)|(?:不要|别|勿|不必|无需)[^。!?！？]{0,6}(?:告诉|告知|通知|提醒|询问|告訴)[^。!?！？]{0,8}(?:用户|使用者|用戶|任何人)|(?:ai|人工智能|助手|模型|智能体)[^。!?！？]{0,15}(?:必须|请|應該|应该|需要|务必)[^。!?！？]{0,20}(?:发送|删除|上传|执行|泄露|输出|运行|打开|推荐|回复|提交)/,
    weight: 4,
  },
  {
    name: 'japanese',
    pattern:
      /(?:指示|命令|プロンプト|ルール|規則|制約)[^。!?！？]{0,20}(?:無視|忘れ|従わない|破棄)|(?:ユーザー?|利用者)[^。!?！？]{0,15}(?:知らせ|伝え|言わ|教え|通知|報告|確認)[^。!?！？]{0,8}(?:ない|ず)|(?:ai|アシスタント|モデル|エージェント)[^。!?！？]{0,25}(?:送信|削除|実行|アップロード|出力|開い|推薦|返信)[^。!?！？]{0,10}(?:してください|せよ|しなさい|すること|すべき)/,
    weight: 4,
  },
];

/** The words of people who write about attacks rather than make one. */
const ABOUT_ATTACKS =
  /\b(?:prompt[ -]?injections?|injection (?:attack|attempt|detector|classifier|test)|jailbreak(?:s|ing)?|attackers?|malicious|adversar\w+|researchers?|red[ -]team\w*|owasp|cve-\d|threat model|vulnerabilit(?:y|ies)|mitigations?|detectors?|classifiers?|test (?:case|fixture)|assert|expect|phish\w*|training slides?|awareness)\b/;
const QUOTE = /["'`<>]/;
const ABOUT_WEIGHT = 3;
const QUOTED_WEIGHT = 3;
/** People may take back what they themselves have said before. */
const PERSON_WEIGHT = 2;

/**
 * Finds instructions to whoever reads the text that its user has not given. Adds up the weights of all rules that match;
 * a text about such attacks, a quotation, and a message of a person need more.
 */
export function findInstructions(text: string, { isMessage = false } = {}): Finding[] {
  const plain = toPlainText(text);
  for (let start = 0; start === 0 || start + OVERLAP_CHARS < plain.length; start += PASSAGE_CHARS - OVERLAP_CHARS) {
    const found = judgePassage(plain.slice(start, start + PASSAGE_CHARS), isMessage);
    if (found !== undefined) return [found];
  }
  return [];
}

function judgePassage(plain: string, isMessage: boolean): Finding | undefined {
  const matches = RULES.flatMap((rule) => {
    const match = rule.pattern.exec(plain);
    return match === null ? [] : [{ rule, start: match.index, end: match.index + match[0].length }];
  });
  const [strongest] = matches.toSorted((a, b) => b.rule.weight - a.rule.weight);
  if (strongest === undefined) return undefined;
  const { rule, start, end } = strongest;
  const isQuoted = QUOTE.test(plain.slice(Math.max(0, start - 2), start)) && QUOTE.test(plain.slice(end, end + 50));
  const threshold =
    THRESHOLD +
    (ABOUT_ATTACKS.test(plain) ? ABOUT_WEIGHT : 0) +
    (isQuoted ? QUOTED_WEIGHT : 0) +
    (isMessage ? PERSON_WEIGHT : 0);
  if (matches.reduce((sum, match) => sum + match.rule.weight, 0) < threshold) return undefined;
  return { kind: 'instruction', rule: rule.name, excerpt: toExcerpt(plain, Math.max(0, start - 20), end + 40) };
}
