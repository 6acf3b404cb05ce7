// Files that will go with the message: uploaded as soon as they are chosen.

import { useState } from "preact/hooks";
import { size } from "../../../../shared/when";
import { Problem } from "../../api/client";
import { sendFile } from "../../api/desk";
import type { Upload } from "../../api/types";
import { say, sayProblem } from "../../i18n";
import { Icon } from "../parts/icon";

interface Chosen {
  readonly id: number;
  readonly name: string;
  readonly percent: number;
  readonly upload: Upload | null;
  readonly cancel: () => void;
}

let last = 0;

export interface Files {
  readonly chosen: readonly Chosen[];
  readonly ready: boolean;
  readonly uploads: readonly Upload[];
  add(files: readonly File[], most: number): string | null;
  remove(id: number): void;
  clear(): void;
  /** Files that were uploaded for a reply which did not go. */
  restore(uploads: readonly Upload[]): void;
}

/** `failed` is told in words when an upload does not arrive. */
export function useFiles(failed: (words: string) => void): Files {
  const [chosen, setChosen] = useState<readonly Chosen[]>([]);
  const patch = (id: number, change: Partial<Chosen>) =>
    setChosen((all) => all.map((one) => (one.id === id ? { ...one, ...change } : one)));
  const remove = (id: number) => setChosen((all) => all.filter((one) => one.id !== id));

  const start = (file: File) => {
    last += 1;
    const id = last;
    const { done, cancel } = sendFile(file, (percent) => patch(id, { percent }));
    setChosen((all) => [...all, { id, name: file.name, percent: 0, upload: null, cancel }]);
    done.then(
      (upload) => patch(id, { upload }),
      (error: unknown) => {
        remove(id);
        if (error instanceof Problem)
          failed(say("uploadFailed", { name: file.name, why: sayProblem(error) }));
      },
    );
  };

  return {
    chosen,
    ready: chosen.every((one) => one.upload !== null),
    uploads: chosen.flatMap((one) => one.upload ?? []),
    add(files, most) {
      if (chosen.length + files.length > most) return say("fileCount", { n: most });
      for (const file of files) start(file);
      return null;
    },
    remove(id) {
      chosen.find((one) => one.id === id)?.cancel();
      remove(id);
    },
    clear: () => setChosen([]),
    restore: (uploads) => setChosen((all) => [...uploads.map(restored), ...all]),
  };
}

function restored(upload: Upload): Chosen {
  last += 1;
  return { id: last, name: upload.filename, percent: 100, upload, cancel: () => undefined };
}

export function Tray({ files }: { readonly files: Files }) {
  if (files.chosen.length === 0) return null;
  return (
    <ul class="tray">
      {files.chosen.map((one) => (
        <li key={one.id}>
          <Icon name="file" />
          <span class="cut">{one.name}</span>
          <span class="meta figures">
            {one.upload ? size(one.upload.size_bytes) : say("uploading", { percent: one.percent })}
          </span>
          <button
            type="button"
            class="button bare only"
            aria-label={say("removeFile", { name: one.name })}
            onClick={() => files.remove(one.id)}
          >
            <Icon name="close" />
          </button>
        </li>
      ))}
    </ul>
  );
}
