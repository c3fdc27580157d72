/** The first that matches: browsers name those that they descend from as well. */
const PLATFORMS: readonly (readonly [sign: RegExp, name: string])[] = [
  [/iPad/, "iPadOS"],
  [/iPhone|iPod/, "iOS"],
  [/Android/, "Android"],
  [/CrOS/, "ChromeOS"],
  [/Windows/, "Windows"],
  [/Mac OS X|Macintosh/, "macOS"],
  [/Linux|X11/, "Linux"],
];
const PROGRAMS: readonly (readonly [sign: RegExp, name: string])[] = [
  [/Edg(?:e|A|iOS)?\//, "Edge"],
  [/OPR\//, "Opera"],
  [/Firefox\/|FxiOS\//, "Firefox"],
  [/Chrome\/|CriOS\//, "Chrome"],
  [/Safari\//, "Safari"],
];

const find = (signs: typeof PLATFORMS, agent: string): string | undefined =>
  signs.find(([sign]) => sign.test(agent))?.[1];

/** What a device may be called that does not say so itself: the name in a list that a person reads, nothing more. */
export const labelOf = (agent: string): { readonly name?: string; readonly platform?: string } => {
  const platform = find(PLATFORMS, agent);
  const program = find(PROGRAMS, agent);
  const name = program && platform ? `${program} on ${platform}` : program;
  return { ...(name === undefined ? {} : { name }), ...(platform === undefined ? {} : { platform }) };
};
