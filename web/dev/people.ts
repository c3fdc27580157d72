/** Things that people say, for looking at. */
export const PEOPLE = [
  "grace",
  "alan-turing",
  "hedy",
  "margaret.h",
  "linus",
  "barbara",
  "katherine",
  "edsger",
  "donald",
  "radia",
];

export const GROUPS = ["Weekend walk", "كتاب الشهر", "Kitchen crew", "Boat 7"];

export const LINES = [
  "Morning! Are we still on for later?",
  "Yes. I'll bring the map.",
  "👍",
  "The path by the river is closed until March, so we go over the hill. It adds about forty minutes, but the view is worth it and there's a place for tea at the top.",
  "See https://example.org/walks/hill?from=river#tea (the second one).",
  "Run `npm start`, then open two windows.",
  "🎉🎉🎉",
  "```\nconst seq = log.append(entry);\nreturn { seq };\n```",
  "No hurry",
  "שלום, מה שלומך?",
  "Ha, that's what I said last time.\nAnd then it rained.",
  "<b>not bold</b> & <script>not run</script>",
  "ok",
  "I'll be ten minutes late, the tram is stuck behind another tram, which is stuck behind a van.",
] as const;
