// @vitest-environment happy-dom
import { act, createElement } from "react";
import type { ReactNode } from "react";
import { createRoot } from "react-dom/client";
import { describe } from "vitest";
import { testHooks } from "./support/hooks-cases.ts";
import type { Library } from "./support/hooks-cases.ts";

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });

describe("hooks in React", () => {
  testHooks({
    createElement: createElement as Library["createElement"],
    mount: async (element) => {
      const place = document.createElement("div");
      const root = createRoot(place);
      await act(async () => root.render(element as ReactNode));
      return { text: () => place.textContent, end: () => act(async () => root.unmount()) };
    },
    act: async (work) => {
      await act(async () => {
        await work();
      });
    },
  });
});
