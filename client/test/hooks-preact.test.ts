// @vitest-environment happy-dom
import { h, render } from "preact";
import type { ComponentChild } from "preact";
import { act } from "preact/test-utils";
import { describe, vi } from "vitest";
import { testHooks } from "./support/hooks-cases.ts";
import type { Library } from "./support/hooks-cases.ts";

// What an app that uses Preact tells its bundler.
vi.mock("react", () => import("preact/compat"));

describe("hooks in Preact", () => {
  testHooks({
    createElement: h as unknown as Library["createElement"],
    mount: async (element) => {
      const place = document.createElement("div");
      await act(() => render(element as ComponentChild, place));
      return { text: () => place.textContent, end: () => act(() => render(null, place)) };
    },
    act: async (work) => {
      await act(async () => {
        await work();
      });
    },
  });
});
