import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type * as z from "zod/mini";
import { LIMITS } from "../../src/shared/limits.ts";
import { COMMANDS } from "../../src/shared/protocol/commands.ts";
import {
  clientMessageId,
  content,
  conversationId,
  cursor,
  deviceId,
  userId,
  utf8Bytes,
} from "../../src/shared/protocol/fields.ts";
import { newConversation } from "../../src/shared/protocol/http-conversations.ts";
import { queryLimit, queryNumber } from "../../src/shared/protocol/http-fields.ts";
import { ROUTES } from "../../src/shared/protocol/http.ts";
import { refusalOf } from "../../src/shared/protocol/refusal-of.ts";
import { chooseSeed } from "../support/random.ts";

const seed = chooseSeed() | 0;
console.log(`schemas: PARLEY_SEED=${seed}`);

const UUID = "01890a5d-ac96-774b-bcce-b302099a8057";
const send = { type: "send", conversation_id: "c1", client_message_id: UUID, content: "hello" };

const codeOf = (schema: z.ZodMiniType, value: unknown): string => {
  const parsed = schema.safeParse(value);
  return parsed.success ? "ok" : refusalOf(parsed.error, "do it").code;
};

/** Any character, by its code; a half of a surrogate pair is none. */
const character = fc
  .integer({ min: 0, max: 0x10ffff })
  .filter((code) => code < 0xd800 || code > 0xdfff)
  .map((code) => String.fromCodePoint(code));

describe("[LIM-2] bytes of text", () => {
  it("are those of UTF-8", () => {
    const encoder = new TextEncoder();
    fc.assert(
      fc.property(fc.string({ unit: character }), (text) => {
        expect(utf8Bytes(text)).toBe(encoder.encode(text).byteLength);
      }),
      { seed },
    );
    for (const text of ["", "a", "\u007f", "\u0080", "\u07ff", "\u0800", "\uffff", "\u{10000}", "\u{10ffff}", "é€😀"])
      expect(utf8Bytes(text), JSON.stringify(text)).toBe(encoder.encode(text).byteLength);
  });

  it.each(["a", "é", "€", "😀"])("content of %s fits up to its last byte, and no further", (char) => {
    const bytes = new TextEncoder().encode(char).byteLength;
    const most = Math.floor(LIMITS.contentBytes / bytes);
    const pad = "x".repeat(LIMITS.contentBytes - most * bytes);
    expect(codeOf(content, char.repeat(most) + pad)).toBe("ok");
    expect(codeOf(content, `${char.repeat(most)}${pad}x`)).toBe("too_large");
    expect(codeOf(COMMANDS.send, { ...send, content: `${char.repeat(most)}${pad}x` })).toBe("too_large");
    expect(codeOf(ROUTES.sendMessage.body, { ...send, type: "text", content: `${char.repeat(most)}${pad}x` })).toBe(
      "too_large",
    );
  });
});

describe("identifiers", () => {
  const cases: [string, z.ZodMiniType, string[], string[]][] = [
    [
      "[ID-1] user_id",
      userId,
      ["a", "A.b-c_d:9", "x".repeat(64), "__proto__"],
      ["", "x".repeat(65), "a b", "ä", "a/b", "a\n", "a\u0000"],
    ],
    ["[ID-2] device_id", deviceId, ["a", "A-b_9", "x".repeat(64)], ["", "x".repeat(65), "a.b", "a:b", "a ", "a\n"]],
    [
      "[ID-3] conversation_id",
      conversationId,
      ["d_local_abc", "x".repeat(64)],
      ["", "x".repeat(65), "a b", "é", "a\n"],
    ],
    [
      "client_message_id",
      clientMessageId,
      [UUID, UUID.toUpperCase()],
      ["", UUID.slice(1), `${UUID}0`, UUID.replaceAll("-", ""), `${UUID}\n`, `{${UUID}}`],
    ],
    ["cursor", cursor, ["a", "x".repeat(LIMITS.cursorChars)], ["", "x".repeat(LIMITS.cursorChars + 1)]],
  ];
  it.each(cases)("%s", (_name, schema, good, bad) => {
    for (const text of good) expect(codeOf(schema, text), JSON.stringify(text)).toBe("ok");
    for (const text of [...bad, 7, null, undefined, {}, ["a"]])
      expect(codeOf(schema, text), JSON.stringify(text)).toBe("bad_request");
  });

  it("[IDEM-1] the case of a client_message_id does not matter", () => {
    expect(clientMessageId.parse(UUID.toUpperCase())).toBe(UUID);
  });
});

describe("numbers", () => {
  it("of a query are digits, and no more than a number holds", () => {
    for (const [text, value] of [
      ["0", 0],
      ["7", 7],
      ["999999999999999", 999_999_999_999_999],
    ] as const)
      expect(queryNumber.parse(text)).toBe(value);
    for (const text of ["", "-1", "1.5", "1e3", " 1", "0x1", "1\n", "9".repeat(16), "NaN"])
      expect(codeOf(queryNumber, text)).toBe("bad_request");
  });

  it("[LIM-4] a limit is clamped", () => {
    for (const [text, value] of [
      ["0", 1],
      ["1", 1],
      ["200", 200],
      ["201", 200],
      ["999999", 200],
    ] as const)
      expect(queryLimit.parse(text)).toBe(value);
  });

  it.each(["delivered", "read"] as const)("[CMD-4] the up_to of %s is a place", (type) => {
    const frame = { type, conversation_id: "c1" };
    for (const up_to of [0, 1, Number.MAX_SAFE_INTEGER]) expect(codeOf(COMMANDS[type], { ...frame, up_to })).toBe("ok");
    for (const up_to of [-1, 1.5, Number.MAX_SAFE_INTEGER + 1, Number.NaN, Infinity, "1", null, undefined])
      expect(codeOf(COMMANDS[type], { ...frame, up_to })).toBe("bad_request");
  });
});

describe("a send", () => {
  const many = (count: number): string[] => Array.from({ length: count }, (_, i) => `u${i}`);
  it("[CMD-1] is text unless it says otherwise, and never the server's own kind", () => {
    expect(COMMANDS.send.parse(send)).toEqual({ ...send, message_type: "text" });
    for (const message_type of ["text", "image", "video", "voice", "document", "encrypted"])
      expect(codeOf(COMMANDS.send, { ...send, message_type })).toBe("ok");
    for (const message_type of ["system", "Text", "", null])
      expect(codeOf(COMMANDS.send, { ...send, message_type })).toBe("bad_request");
  });

  it("[GEN-1] unknown fields are ignored", () => {
    expect(COMMANDS.send.parse({ ...send, colour: "red", sender_id: "eve", seq: 7 })).toEqual({
      ...send,
      message_type: "text",
    });
  });

  it("has bounds", () => {
    const bounds: [object, object][] = [
      [{ ref: "x".repeat(LIMITS.refChars) }, { ref: "x".repeat(LIMITS.refChars + 1) }],
      [{ mentions: many(LIMITS.mentions) }, { mentions: many(LIMITS.mentions + 1) }],
      [{ reply_to: "x".repeat(64) }, { reply_to: "x".repeat(65) }],
      [{ expires_in: LIMITS.expiresInSecondsMax }, { expires_in: LIMITS.expiresInSecondsMax + 1 }],
      [{ expires_in: 1 }, { expires_in: 0 }],
      [{ content: "" }, { content: 7 }],
      [{ mentions: [] }, { mentions: "ann" }],
    ];
    for (const [good, bad] of bounds) {
      expect(codeOf(COMMANDS.send, { ...send, ...good }), JSON.stringify(good).slice(0, 80)).toBe("ok");
      expect(codeOf(COMMANDS.send, { ...send, ...bad }), JSON.stringify(bad).slice(0, 80)).toBe("bad_request");
    }
  });
});

describe("a new conversation", () => {
  const group = { type: "group", name: "Friends", member_ids: ["bob"], client_message_id: UUID };
  const members = (count: number): string[] => Array.from({ length: count }, (_, i) => `u${i}`);

  it("[LIM-3] of too many members is a limit exceeded, not a bad request", () => {
    expect(codeOf(newConversation, { ...group, member_ids: members(LIMITS.groupMembers) })).toBe("ok");
    expect(codeOf(newConversation, { ...group, member_ids: members(LIMITS.groupMembers + 1) })).toBe("limit_exceeded");
    expect(codeOf(newConversation, { ...group, member_ids: ["a b"] })).toBe("bad_request");
  });

  it("has a name within bounds", () => {
    expect(codeOf(newConversation, { ...group, name: "x".repeat(LIMITS.nameChars) })).toBe("ok");
    for (const name of ["", "x".repeat(LIMITS.nameChars + 1), undefined, 7])
      expect(codeOf(newConversation, { ...group, name })).toBe("bad_request");
    expect(codeOf(newConversation, { ...group, avatar: "x".repeat(LIMITS.avatarChars + 1) })).toBe("bad_request");
  });

  it("direct needs nobody's name but the other's", () => {
    expect(codeOf(newConversation, { type: "direct", user_id: "bob" })).toBe("ok");
    expect(codeOf(newConversation, { type: "direct" })).toBe("bad_request");
    expect(codeOf(newConversation, { type: "duel", user_id: "bob" })).toBe("bad_request");
  });
});

describe("what a schema refuses", () => {
  it("names the field and never its value", () => {
    const parsed = COMMANDS.send.safeParse({ ...send, mentions: ["ann", "secret value"] });
    if (parsed.success) throw new Error("a mention with a space was taken");
    const refusal = refusalOf(parsed.error, "send");
    expect(refusal.code).toBe("bad_request");
    expect(refusal.message).toMatch(/^unable to send; mentions\.1: /);
    expect(refusal.message).not.toContain("secret");
  });

  it("has words for what is no object at all", () => {
    for (const value of [null, 7, "text", [], undefined]) {
      const parsed = COMMANDS.read.safeParse(value);
      if (parsed.success) throw new Error("taken");
      expect(refusalOf(parsed.error, "read").message).toMatch(/^unable to read; \S/);
    }
  });
});

describe("every frame and every route", () => {
  it("bounds every string: nothing of 100,000 characters passes anywhere", () => {
    const huge = "x".repeat(100_000);
    for (const [type, schema] of Object.entries(COMMANDS)) {
      for (const field of Object.keys(schema.def.shape)) {
        if (field === "type" || field === "payload") continue;
        const parsed = schema.safeParse({ type, [field]: huge });
        const named = parsed.success ? [] : parsed.error.issues.map(({ path }) => path[0]);
        expect(named, `${type}.${field}`).toContain(field);
      }
    }
  });
});
