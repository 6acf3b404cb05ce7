// A button that copies words, and says so.

import { useState } from "preact/hooks";
import { say, words } from "../../i18n";
import { toast } from "../../state/toasts";

interface CopyProps {
  readonly label: string;
  readonly text: string;
}

export function CopyButton({ label, text }: CopyProps) {
  const [copied, setCopied] = useState("");
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(text);
    } catch {
      toast(say("copyNot"), "bad"); // not over plain HTTP, and where it is forbidden
    }
  };
  return (
    <p class="row-line">
      <button type="button" class="button" onClick={() => void copy()}>
        {label}
      </button>
      <span class="meta" role="status">
        {copied === text && words.value.copied}
      </span>
    </p>
  );
}
