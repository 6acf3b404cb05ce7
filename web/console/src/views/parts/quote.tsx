// The first words of the message that another answers.

import type { Author } from "../../api/types";
import { sayCode, words } from "../../i18n";
import { login, me } from "../../state/me";
import { personName } from "../../state/people";

interface QuoteProps {
  readonly author: Author;
  readonly kind: string;
  readonly text: string;
}

function nameOf(author: Author): string {
  if (author.kind === "auto") return me.value?.desk.name ?? "";
  if (author.kind === "agent" && author.id === login.value) return words.value.you;
  return author.kind === "contact" ? personName(author.name) : (author.name ?? "");
}

export function Quote({ author, kind, text }: QuoteProps) {
  return (
    <blockquote class="quote" aria-label={words.value.inReplyTo}>
      <strong>{nameOf(author)}</strong>
      <span class="cut">{text || sayCode("kind_", kind)}</span>
    </blockquote>
  );
}
