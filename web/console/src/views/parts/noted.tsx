// A note's words: links, and colleagues by name.

import { agents } from "../../state/directory";
import { login } from "../../state/me";
import { mentions } from "../../state/mentions";
import { Text } from "./text";

export function Noted({ text }: { readonly text: string }) {
  return (
    <>
      {mentions(text, agents.value).map((piece, place) =>
        piece.login ? (
          <b key={place} class={piece.login === login.value ? "mention me" : "mention"}>
            {piece.text}
          </b>
        ) : (
          <Text key={place} text={piece.text} />
        ),
      )}
    </>
  );
}
