import { describe, expect, test } from "vitest";
import type { ErrorCode } from "../../src/shared/errors.ts";
import type { Role } from "../../src/shared/protocol/fields.ts";
import { ACTORS, Cast, EMOJI } from "../support/cast.ts";
import type { Actor, Held } from "../support/cast.ts";
import { unique, uuid7 } from "../support/random.ts";
import { FAST, useServer } from "../support/target.ts";
import type { Transport } from "../support/writer.ts";
import {
  adding,
  changing,
  deleting,
  editing,
  inviting,
  naming,
  pinning,
  reacting,
  removing,
  scheduling,
  sending,
  unpinning,
  unreacting,
} from "../support/write.ts";
import type { Write } from "../support/write.ts";

// Several tables are played at once: what each of them waits for is mostly the disk.
const target = useServer({ ...FAST, keep: "file" });

type Who = "everyone" | "admins";
interface Rules {
  readonly add: Who;
  readonly rename: Who;
  readonly pin: Who;
  readonly write: Who;
}
type Due = "ok" | ErrorCode;

interface Operation {
  readonly name: string;
  /** What is asked; nothing where the actor has no such thing. */
  readonly write: (cast: Cast, actor: Actor) => Promise<Write | undefined> | Write | undefined;
  /** What owner, admin and member are answered. */
  readonly due: (actor: Held, rules: Rules) => Due;
  /** Makes no entry. */
  readonly silent?: true;
}

const HELD = ["owner", "admin", "member"] as const;
const staff = (actor: Held): Due => (actor === "member" ? "forbidden" : "ok");
const by =
  (right: keyof Rules) =>
  (actor: Held, rules: Rules): Due =>
    actor !== "member" || rules[right] === "everyone" ? "ok" : "forbidden";
const never = (): Due => "forbidden";
/** With a message of the actor's own, where there is one. */
const own =
  (make: (id: string, message: string) => Write): Operation["write"] =>
  (cast, actor) => {
    const message = cast.own(actor);
    return message === undefined ? undefined : make(cast.id, message);
  };
/** With a message of an owner's. */
const others =
  (make: (id: string, message: string) => Write): Operation["write"] =>
  async (cast) =>
    make(cast.id, await cast.others());

/** Operations that have a frame: they are asked over both transports. */
const onMessages = (reacts: Operation["due"]): Operation[] => [
  { name: "send", write: ({ id }) => sending(id, "hello"), due: by("write") },
  { name: "send to @all", write: ({ id }) => sending(id, "hello", { mentions: ["@all"] }), due: staff },
  { name: "edit one's own", write: own((id, message) => editing(id, message, "new")), due: by("write") },
  { name: "edit another's", write: others((id, message) => editing(id, message, "new")), due: never },
  { name: "delete one's own", write: own((id, message) => deleting(id, message)), due: by("write") },
  { name: "delete an owner's", write: others((id, message) => deleting(id, message)), due: staff },
  { name: "react", write: others((id, message) => reacting(id, message)), due: reacts },
  { name: "unreact", write: own((id, message) => unreacting(id, message, EMOJI)), due: reacts },
];

const ADDS: Readonly<Record<Held, readonly Held[]>> = {
  owner: ["owner", "admin", "member"],
  admin: ["admin", "member"],
  member: [],
};
/** Whose role and membership is in whose hands. */
const TOUCHES: Readonly<Record<Held, readonly Held[]>> = {
  owner: ["owner", "admin", "member"],
  admin: ["member"],
  member: [],
};

const additions = (lowest: Role): Operation[] => [
  { name: "add", write: ({ id }) => adding(id, [{ userId: unique("new") }]), due: by("add") },
  ...HELD.map((given): Operation => ({
    name: `add as ${given}`,
    write: ({ id }) => adding(id, [{ userId: unique("new") }], given === "member" ? lowest : given),
    due: (actor, rules) => {
      if (ADDS[actor].includes(given)) return "ok";
      return given === "member" ? by("add")(actor, rules) : "forbidden";
    },
    ...(lowest === "subscriber" && given === "member" && { silent: true }),
  })),
  { name: "invite", write: ({ id }) => inviting(id), due: by("add"), silent: true },
];

const onMembers = (lowest: Role): Operation[] =>
  HELD.flatMap((held): Operation[] => [
    ...HELD.filter((given) => given !== held).map((given): Operation => ({
      name: `make ${held} ${given}`,
      write: (cast) => naming(cast.id, cast.extra(held), given === "member" ? lowest : given),
      due: (actor) => (TOUCHES[actor].includes(held) && ADDS[actor].includes(given) ? "ok" : "forbidden"),
    })),
    {
      name: `remove ${held}`,
      write: (cast) => removing(cast.id, cast.extra(held)),
      due: (actor) => (TOUCHES[actor].includes(held) ? "ok" : "forbidden"),
      ...(lowest === "subscriber" && held === "member" && { silent: true }),
    },
  ]);

const ON_ALL: readonly Operation[] = [
  {
    name: "pin",
    write: others((id, message) => pinning(id, message)),
    due: by("pin"),
  },
  {
    name: "unpin",
    write: async (cast) => {
      const message = await cast.others();
      await cast.witness.does(pinning(cast.id, message));
      return unpinning(cast.id, message);
    },
    due: by("pin"),
  },
  { name: "rename", write: ({ id }) => changing(id, { name: unique("name") }), due: by("rename") },
  { name: "change the picture", write: ({ id }) => changing(id, { avatar: unique("https://a") }), due: by("rename") },
  {
    name: "change a setting",
    write: ({ id }) => changing(id, { settings: { expires_in: 3_000_000 + Math.floor(Math.random() * 1e6) } }),
    due: staff,
  },
  {
    name: "rename and change a setting",
    write: ({ id }) => changing(id, { name: unique("name"), settings: { expires_in: 7_000_000 } }),
    due: staff,
  },
  {
    name: "schedule",
    write: ({ id }) => scheduling(id, "later", Date.now() + 3_600_000),
    due: by("write"),
    silent: true,
  },
];

/** One cell of the table: what is answered, and what it did to the log that it should not, or did not that it should. */
const cell = async (cast: Cast, actor: Actor, via: Transport, { write, silent }: Operation): Promise<string> => {
  const asked = await write(cast, actor);
  if (asked === undefined) return "nothing to ask";
  const before = await cast.head();
  const player = cast.players[actor];
  const code = await (via === "HTTP" ? player.http : player.socket).tries(asked);
  const moved = (await cast.head()) > before;
  if (code === "ok" || moved) cast.spend();
  if (code !== "ok") return moved ? `${code}, but the log moved` : code;
  return moved === (silent !== true) ? code : `${code}, but the log ${moved ? "moved" : "stayed"}`;
};

const isHeld = (actor: Actor): actor is Held => HELD.some((held) => held === actor);

/** Everything that everybody may try, and what it is answered; beside it, what it has to be. */
const play = async (
  cast: Cast,
  rules: Rules,
  tables: readonly (readonly [Transport, readonly Operation[]])[],
): Promise<{ seen: Record<string, string>; due: Record<string, string> }> => {
  const seen: Record<string, string> = {};
  const due: Record<string, string> = {};
  for (const [via, operations] of tables)
    for (const operation of operations)
      for (const actor of ACTORS) {
        const key = `${actor}: ${operation.name}, over ${via}`;
        const told = await cell(cast, actor, via, operation);
        if (told === "nothing to ask") continue;
        seen[key] = told;
        due[key] = isHeld(actor) ? operation.due(actor, rules) : "not_found";
      }
  return { seen, due };
};

const WHO = ["everyone", "admins"] as const;
const combinations = WHO.flatMap((add) =>
  WHO.flatMap((rename) => WHO.flatMap((pin) => WHO.map((write): Rules => ({ add, rename, pin, write })))),
);

describe.concurrent("a group", { timeout: 120_000 }, () => {
  test.each(combinations)(
    "[ROLE-2] [ROLE-3] [ROLE-4] add: $add, rename: $rename, pin: $pin, write: $write",
    async (rules) => {
      const cast = await Cast.of(target, async (owner) => (await owner.group([])).conversation_id);
      await cast.witness.does(changing(cast.id, { settings: rules }));
      const { seen, due } = await play(cast, rules, [
        ["HTTP", onMessages(() => "ok")],
        ["the socket", onMessages(() => "ok")],
        ["HTTP", [...additions("member"), ...onMembers("member"), ...ON_ALL]],
      ]);
      expect(seen).toEqual(due);
      expect(Object.keys(seen).length).toBeGreaterThan(150);
    },
  );
});

/** In a channel the settings about everybody mean nobody but owner and admins: the others read only. */
const ADMINS: Rules = { add: "admins", rename: "admins", pin: "admins", write: "admins" };

describe.concurrent("a channel", { timeout: 120_000 }, () => {
  test.each([ADMINS, { add: "everyone", rename: "everyone", pin: "everyone", write: "everyone" } as const])(
    "[CHAN-1] [ROLE-1] write: $write: subscribers only read",
    async (rules) => {
      const found = { type: "channel", name: "News", member_ids: [], client_message_id: uuid7() };
      const make = async (owner: Cast["witness"]): Promise<string> =>
        (await owner.rest.ok("createConversation", { body: { ...found, client_message_id: uuid7() } })).conversation_id;
      const cast = await Cast.of(target, make, "subscriber");
      await cast.witness.does(changing(cast.id, { settings: rules }));
      const messages = onMessages(staff);
      const { seen, due } = await play(cast, ADMINS, [
        ["HTTP", messages],
        ["the socket", messages],
        ["HTTP", [...additions("subscriber").slice(1), ...onMembers("subscriber"), ...ON_ALL]],
      ]);
      expect(seen).toEqual(due);
      expect(Object.keys(seen).length).toBeGreaterThan(130);
    },
  );
});
