/** Where a database is reached by HTTP, and as whom. */
export interface ArchiveUrl {
  readonly origin: string;
  readonly username: string;
  readonly password: string;
  readonly onThisMachine: boolean;
}

const LOOPBACK = new Set(["127.0.0.1", "localhost", "[::1]"]);

/**
 * PlanetScale's connection string, `mysql://user:password@host/database`, or the same with `https:`. What is wrong with it is
 * told without what stands in it: there is a password.
 */
export const readArchiveUrl = (text: string): ArchiveUrl | { readonly problem: string } => {
  const url = URL.parse(text.trim());
  if (!url) return { problem: "it is not a URL such as mysql://user:password@host/database" };
  const onThisMachine = LOOPBACK.has(url.hostname);
  if (!["mysql:", "https:", "http:"].includes(url.protocol)) return { problem: "it must begin with mysql: or https:" };
  if (url.protocol === "http:" && !onThisMachine) return { problem: "http: is for this machine only" };
  if (url.hostname === "") return { problem: "it names no host" };
  if (url.username === "" || url.password === "") return { problem: "it needs a user and a password" };
  try {
    return {
      origin: `${url.protocol === "http:" ? "http:" : "https:"}//${url.host}`,
      username: decodeURIComponent(url.username),
      password: decodeURIComponent(url.password),
      onThisMachine,
    };
  } catch {
    return { problem: "its user or password is not escaped as in a URL" };
  }
};
