/** What a browser tells of itself; none of it in Node. */
interface Navigator {
  readonly userAgent?: string;
  readonly userAgentData?: { readonly platform?: string };
}

/** More telling names first: all of them claim to be some of the later ones too. */
const BROWSERS: readonly (readonly [RegExp, string])[] = [
  [/Edg(?:e|A|iOS)?\//, "Edge"],
  [/OPR\/|Opera/, "Opera"],
  [/SamsungBrowser\//, "Samsung Internet"],
  [/Firefox\/|FxiOS\//, "Firefox"],
  [/Chrome\/|Chromium\/|CriOS\//, "Chrome"],
  [/Safari\//, "Safari"],
];
const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/Android/, "Android"],
  [/iPhone|iPad|iPod/, "iOS"],
  [/CrOS/, "ChromeOS"],
  [/Windows/, "Windows"],
  [/Macintosh|Mac OS/, "macOS"],
  [/Linux|X11/, "Linux"],
];

const named = (names: readonly (readonly [RegExp, string])[], text: string): string | undefined =>
  names.find(([pattern]) => pattern.test(text))?.[1];

/** How this device is called where nobody gave it a name, such as `Firefox on Linux`: nothing that tells who uses it. */
export const describeDevice = (
  navigator = (globalThis as { navigator?: Navigator }).navigator,
): { readonly name: string; readonly platform: string } => {
  const agent = navigator?.userAgent ?? "";
  if (agent === "" || agent.startsWith("Node")) return { name: "Node", platform: "node" };
  const browser = named(BROWSERS, agent) ?? "Browser";
  const system = named(SYSTEMS, agent) ?? navigator?.userAgentData?.platform;
  return { name: system === undefined || system === "" ? browser : `${browser} on ${system}`, platform: "web" };
};
