// Files up with progress, attachments down as blobs; both with the visitor's token.

import type { Upload } from "./wire";

export const MAX_FILES = 5;
export const DEFAULT_MAX_FILE_BYTES = 10 * 1024 * 1024;
const INLINE = /^image\/(png|jpeg|gif|webp)$/;

export function isInline(mediaType: string): boolean {
  return INLINE.test(mediaType);
}

/** The desk did not take a file; the code says why, "" where nobody knows. */
export class UploadRefused extends Error {
  constructor(readonly code: string) {
    super(code);
  }
}

/** Resolves to what the desk stored; rejects with UploadRefused. */
export function upload(
  url: string,
  token: string,
  file: File,
  progress: (percent: number) => void,
): { readonly done: Promise<Upload>; cancel(): void } {
  // fetch does not report how much of a body has gone out.
  const request = new XMLHttpRequest();
  const done = new Promise<Upload>((resolve, reject) => {
    request.open("POST", url);
    request.setRequestHeader("Authorization", `Visitor ${token}`);
    request.setRequestHeader("X-Filename", encodeURIComponent(file.name || "file"));
    request.setRequestHeader("Content-Type", file.type || "application/octet-stream");
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) progress(Math.round((event.loaded / event.total) * 100));
    };
    request.onload = () => {
      if (request.status === 201 || request.status === 200)
        resolve(JSON.parse(request.responseText));
      else reject(new UploadRefused(problem(request.responseText)));
    };
    request.onerror = () => reject(new UploadRefused(""));
    request.onabort = () => reject(new UploadRefused(""));
    request.send(file);
  });
  return { done, cancel: () => request.abort() };
}

function problem(body: string): string {
  try {
    return String(JSON.parse(body).code ?? "");
  } catch {
    return "";
  }
}

/** The bytes of an attachment as an address of this page; the token never stands in a URL. */
export async function blobUrl(url: string, token: string): Promise<string> {
  const response = await fetch(url, { headers: { Authorization: `Visitor ${token}` } });
  if (!response.ok) throw new Error(String(response.status));
  return URL.createObjectURL(await response.blob());
}
