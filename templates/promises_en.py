"""How English promises, in small letters: that we will answer, and what only looks so."""

import re

BORDER = re.compile(
    r"(?<!my word)(?<!our word)[,:](?![0-9])|\s[-–—]+\s"
    r"|\b(?:(?<!\bget )that|which|who|whom|where|when|while|once|because|since|so|but|although|though)\b"
    r"|(?<=\bknow )if\b|\b(?:and|or)(?= (?:we|i|you|he|she|they|it|there)\b)"
)
_DOING = (
    r"get(?:ting)? (?:(?:right )?back|in touch)|got back|come back to|repl(?:y|ying)|respond(?:ing)?|answer(?:ing)?|updat(?:e|ing)|contact(?:ing)?"
    r"|call(?:ing)?|phone|ring|e-?mail(?:ing)?|write|writing|text|message|let(?:ting)? you know|inform(?:ing)?|tell(?:ing)?"
    r"|follow(?:ing)? up|send(?:ing)?|have (?:an?|the|your|news|more|it|this)|give you|provide|confirm(?:ing)?|reach out"
    r"|resolv(?:e|ing)|solv(?:e|ing)|fix|sort|be in touch|touch base|be back|look into|check|ship|refund|share|deliver"
)
_LOOKING = (  # what we do before we answer
    r"(?:look|check|see|find|ask(?! you)|dig|talk|speak|investigate|confirm|verify|clarify|go|consult|discuss|think|review|test|try)"
)
_ANSWERING = (
    r"(?:get|come) (?:right )?back to you|(?:answer|update|call|phone|ring|e-?mail|text|message|tell) you|reply|respond"
    r"|write (?:back )?to you|let you know|(?:be|get) in touch|follow up"
)
_PEOPLE = r"(?:colleague|specialist|team|manager|technician|engineer|supervisor|department|agent)s?"
_OTHERS = (  # neither we nor the customer
    r"(?:courier|carrier|driver|bank|post|postal|manufacturer|maker|producer|supplier|seller|vendor|insurer|marketplace)"
)
ANSWERS = re.compile(
    rf"\b(?:(?:we|i)(?:'ll| will| shall| are going to| am going to|'re going to|'m going to| promise to| aim to| expect to| are able to)"
    rf"(?: \w+){{0,3}}? (?:{_DOING})"
    rf"|(?:we|i)(?:'ve| have|'m| am|'re| are| will|'ll) [^,]{{0,60}}? and will(?: \w+){{0,2}}? (?:{_DOING})"
    rf"|(?:a|my|our|the) (?:\w+ )?{_PEOPLE}(?: \w+)? will(?: \w+){{0,2}} (?:{_DOING})"
    rf"|let me (?:just )?{_LOOKING} [^,]{{0,60}}?\band (?:{_ANSWERING})"
    r"|(?:we|i)(?:'ll| will)(?: \w+)? get (?:this|that|it|these|those|your \w+) (?:\w+ )?(?:answered|solved|resolved|sorted|fixed|checked|confirmed|settled)"
    r"|you have (?:my|our) word[,:]? (?:an?|the|your|our|my) (?:\w+ )?(?:answer|reply|response|update|call)(?! (?:was|is|has|had|went)\b)"
    rf"|you(?:'ll| will| should| can expect to)(?: \w+)? (?:hear (?:back )?from|have (?:an?|our|my|the) (?:\w+ )?(?:answer|reply|response|update|news)"
    rf"|get (?:an?|our|my|the) (?:\w+ )?(?:answer|reply|response|update|call)|receive (?:an?|our|my|the) (?:\w+ )?(?:answer|reply|response|update|call))"
    rf"|(?:expect|await) (?:an?|our|my|the) (?:\w+ )?(?:answer|reply|response|update|call|e-?mail|message)"
    rf"|(?:my|our|an?|the) (?:answer|reply|response|update) will (?:follow|come|be|reach|arrive)"
    rf"|will be (?:answered|resolved|sorted|dealt with|looked into|updated|confirmed))\b"
)
EXCLUDES = re.compile(  # conditions, questions and what was, of the whole sentence
    r"\b(?:can(?:not|'t)|won't|will not|unable|not be able|(?<!check )(?<!see )(?<!know )(?<!out )(?<!ask )if|should you|unless"
    r"|provided|as long as|in case|did you|have you"
    r"|please (?:reply|respond|answer|contact|call|write|send|let us know|get back)"
    r"|(?:could|would|can|will) you|you (?:said|told|wrote|mentioned|asked)|(?:told|promised) you|(?:he|she|they|colleague|agent) said"
    r"|^\s*(?:please )?(?:order|pay|buy|book|sign|join|subscribe)\b.{0,80} and we"
    rf"|{_OTHERS}s?(?: \w+)? (?:promise|assure|sa(?:id|ys)|t(?:old|ells)|confirm|guarantee)\w*(?: us| me| you)? that (?:an?|their|one of their) (?:\w+ )?{_PEOPLE} will"
    r"|had (?:promised|said)|yesterday|last (?:week|month|night)|never)\b"
)
REFUSES = re.compile(  # of the clause
    r"\bbe (?:happy|glad|pleased|delighted|available|here|open|closed)\b|\b(?:usually|normally|generally|typically|on average)\b"
    rf"|\bfrom (?:the|your|a|an|their|its) (?:\w+ )?{_OTHERS}s?\b"
    rf"|\b(?:the|your|a|an|their|its) (?:\w+ )?{_OTHERS}(?:s|'s|s')?(?: (?!(?:i|we|and|or|but|so)\b)\w+)? (?:will|promises?|promised)\b"
)
ALONE = re.compile(
    r"(?:\W|\b(?:please|just|give|allow|me|us|only|about|around|by|at|on|in|within|before|after|the|latest|no|later|than|or|earlier)\b)*"
)
LED = re.compile(
    r"(?:by|before|within|in|no later than|not later than|latest|during|under|over the next|the next|next|up to|at the latest|less than|(?:give|allow) (?:me|us))"
    r"(?: (?:about|around|approximately|roughly|the|the next|at most|max|end of|less than|another))*\s*$"
)
PAST_BEFORE = re.compile(
    r"(?:\b(?:from|since|until|till|for|of|early|mid|(?:start|beginning) of(?: business| work| the day)?|last|dated|every|each|after)|\w+ed(?: (?:it|them|this))? on|\b(?:bought|paid|sent|made|wrote|came|got|took) on)[\s-]*(?:the )?$"
)
PAST_AFTER = re.compile(
    r"^\s*(?:ago|earlier|old|warranty|return|\(?(?:[a-z]+ time\b|utc|gmt|[ecmp][sd]t\b)|(?:when|as) (?:we|i) |(?:between|from) [0-9])"
)
FROM_THEN = re.compile(r"^\s*(?:onwards?|and later)\b")
COUNTED_AFTER = re.compile(r"^\s*(?:of|after|from(?! (?:now|today))|once|upon|when|following)\b")
COUNTED = re.compile(  # a span that begins with something else than these words
    r"\b(?:once|upon|following|as soon as (?:we|you|the|it|your)"
    r"|(?:after|when) (?:we|you|the|it|your|receiving|receipt|arrival))\b"
)
