// A customer's or a colleague's words, with addresses as links; never markup.

import { linkify } from "../../../../shared/linkify";

export function Text({ text }: { readonly text: string }) {
  return (
    <>
      {linkify(text).map((piece, place) =>
        piece.href ? (
          <a key={place} href={piece.href} target="_blank" rel="noopener noreferrer">
            {piece.text}
          </a>
        ) : (
          piece.text
        ),
      )}
    </>
  );
}
