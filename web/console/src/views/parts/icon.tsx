// Line icons on a 24 px grid; decoration only, the words stand beside or in the label.

const PATHS = {
  logo: "M4 5h16v11h-9l-5 4v-4H4zM8 9h8M8 12h5",
  search: "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM20 20l-4-4",
  close: "M6 6l12 12M18 6L6 18",
  back: "M15 5l-7 7 7 7",
  down: "M6 9l6 6 6-6",
  check: "M5 12.5l4.5 4.5L19 7",
  checks: "M2.5 12.5l4 4L15 8M11.5 15.5l1.5 1L21.5 8",
  clock: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5l3.5 2",
  pause: "M8 5v14M16 5v14",
  alert: "M12 4l9 16H3zM12 10v4M12 17v.01",
  question: "M9 9.5a3 3 0 1 1 4.5 2.6c-1 .6-1.5 1.2-1.5 2.4M12 18v.01",
  smile:
    "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM8.5 14.5a4.5 4.5 0 0 0 7 0M9 9.500v.01M15 9.500v.01",
  clip: "M19 11l-7.5 7.5a4.5 4.5 0 0 1-6.4-6.4L13 4.2a3 3 0 0 1 4.3 4.3l-7.8 7.8a1.5 1.5 0 0 1-2.2-2.1L14 7.5",
  file: "M7 3h7l4 4v14H7zM14 3v4h4",
  template: "M5 4h14v16H5zM9 9h6M9 13h6",
  choices: "M4 5h16v5H4zM4 14h16v5H4z",
  pen: "M4 20l1-4L16 5l3 3L8 19zM14 7l3 3",
  seal: "M5 4h14v16H5zM8.500 12.500l2.500 2.500 4.500-5.500",
  send: "M4 12l16-7-6 15-3-6z",
  note: "M5 4h14v10l-5 6H5zM14 20v-6h5",
  answer: "M9 7l-5 5 5 5M4 12h10a6 6 0 0 1 6 6",
  forward: "M13 6l6 6-6 6M19 12H5",
  panel: "M4 5h16v14H4zM15 5v14",
  more: "M5 11.500v1M12 11.500v1M19 11.500v1M4.500 12h1M11.500 12h1M18.500 12h1",
  split: "M12 21v-6c0-5-6-5-6-11M12 15c0-5 6-5 6-11M3 7l3-3 3 3M15 7l3-3 3 3",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20c1-4 4-6 7.5-6s6.5 2 7.5 6",
  star: "M12 4l2.5 5.2 5.5.800-4 4 1 5.6-5-2.7-5 2.7 1-5.6-4-4 5.5-.8z",
  place:
    "M12 21c4-5 6.5-8 6.5-11a6.5 6.5 0 0 0-13 0c0 3 2.5 6 6.5 11zM12 12a2 2 0 1 0 0-4 2 2 0 0 0 0 4z",
  keyboard: "M3 6h18v12H3zM7 10h.01M11 10h.01M15 10h.01M7 14h10",
  command: "M8 5l-5 7 5 7M16 5l5 7-5 7",
  mail: "M3 6h18v12H3zM3 7l9 7 9-7",
  phone:
    "M6 3h4l1.5 5-2.5 1.5a12 12 0 0 0 5.5 5.5L16 12.5l5 1.5v4a3 3 0 0 1-3 3A15 15 0 0 1 3 6a3 3 0 0 1 3-3z",
  bubble: "M4 5h16v11h-9l-5 4v-4H4z",
  mobile: "M8 3h8v18H8zM11 18h2",
  book: "M5 4h6a2 2 0 0 1 2 2v14a2 2 0 0 0-2-2H5zM21 4h-6a2 2 0 0 0-2 2v14a2 2 0 0 1 2-2h6z",
  globe: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM3 12h18M12 3c5 5 5 13 0 18c-5-5-5-13 0-18z",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
