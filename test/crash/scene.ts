import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startServer } from "../../scripts/server.ts";
import type { Environment } from "../../scripts/settings.ts";
import { Person } from "../support/person.ts";
import { unique } from "../support/random.ts";
import { tokenFor } from "../support/tokens.ts";

/** A server of one test's own, so that tests may wait for their catching up at the same time. */
export class Scene {
  readonly #dataDir: string;
  readonly #env: Environment;
  #server: Awaited<ReturnType<typeof startServer>>;

  private constructor(dataDir: string, env: Environment, server: Awaited<ReturnType<typeof startServer>>) {
    this.#dataDir = dataDir;
    this.#env = env;
    this.#server = server;
  }

  /** `env`: settings of the server, as an operator would give them. */
  static async play(act: (scene: Scene) => Promise<void>, env: Environment = {}): Promise<void> {
    const dataDir = await mkdtemp(join(tmpdir(), "parley-scene-"));
    const scene = new Scene(dataDir, env, await startServer({ dataDir, env, log: "quiet" }));
    try {
      await act(scene);
    } finally {
      await scene.#server.kill();
      await rm(dataDir, { recursive: true, force: true });
    }
  }

  async restart(): Promise<void> {
    await this.#server.kill("SIGKILL");
    this.#server = await startServer({
      dataDir: this.#dataDir,
      env: this.#env,
      port: this.#server.port,
      log: "quiet",
    });
  }

  get url(): string {
    return this.#server.url;
  }

  token(userId: string, scope: string): Promise<string> {
    return tokenFor(this.#server.url, { userId, scope });
  }

  /** Somebody new. */
  person(label: string): Promise<Person> {
    return this.known(unique(label));
  }

  /** Somebody of this id, on a device of his own. */
  async known(userId: string): Promise<Person> {
    const who = { userId, deviceId: unique("device") };
    return new Person(this.#server.url, { ...who, token: await tokenFor(this.#server.url, who) });
  }

  async pair(): Promise<{ ann: Person; bob: Person; id: string }> {
    const [ann, bob] = await Promise.all([this.person("ann"), this.person("bob")]);
    return { ann, bob, id: (await ann.direct(bob)).conversation_id };
  }
}
