import { AdminClient } from "@parley/client/admin";
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { IconButton } from "../components/icons.tsx";
import { Toast } from "../components/toast.tsx";
import { useChat } from "../state/client-context.ts";
import { backToList, openOperators, operating } from "../state/route.ts";
import { useSignal } from "../state/signal.ts";
import { strings } from "../strings.ts";
import { AdminContext, SECTIONS, type Section } from "./admin.ts";
import { Audit } from "./audit.tsx";
import { ConversationPage } from "./conversation.tsx";
import { Holds } from "./holds.tsx";
import { AllJobs } from "./jobs.tsx";
import { Letters } from "./letters.tsx";
import { LookUp } from "./look-up.tsx";
import { Retention } from "./retention.tsx";
import { UserPage } from "./user.tsx";
import { words } from "./words.ts";
import "./operators.css";

const PAGES: Readonly<Record<Section, () => JSX.Element>> = {
  look: LookUp,
  holds: Holds,
  retention: Retention,
  data: AllJobs,
  letters: Letters,
  audit: Audit,
};

const Body = ({ place: [name, id = ""] }: { readonly place: readonly string[] }): JSX.Element => {
  if (name === "conversation" && id !== "") return <ConversationPage key={id} id={id} />;
  if (name === "user" && id !== "") return <UserPage key={id} id={id} />;
  const Page = PAGES[SECTIONS.find((section) => section === name) ?? "look"];
  return <Page />;
};

const Sections = ({ current }: { readonly current: string }): JSX.Element => (
  <nav class="op-sections" aria-label={words.sections}>
    {SECTIONS.map((section) => (
      <a
        key={section}
        href={`#/operators/${section}`}
        aria-current={section === current ? "page" : undefined}
        data-testid={`op-${section}`}
        onClick={(event) => {
          event.preventDefault();
          openOperators(section);
        }}
      >
        {words.section[section]}
      </a>
    ))}
  </nav>
);

/** Everything that whoever runs the server does with it, in the place of the conversations. */
export const Operators = (): JSX.Element => {
  const { operatorToken: getToken } = useChat();
  const admin = useMemo(() => getToken && new AdminClient({ url: location.origin, getToken }), [getToken]);
  const place = useSignal(operating) ?? [];
  return (
    <AdminContext.Provider value={admin}>
      <main class="operators" data-testid="operators-page">
        <header class="head op-head-line">
          <IconButton icon="back" label={strings.back} testId="back" onClick={backToList} />
          <h1 class="head-title">{words.title}</h1>
        </header>
        <Sections current={place[0] ?? "look"} />
        <div class="op-body">
          <Body place={place} />
        </div>
        <Toast />
      </main>
    </AdminContext.Provider>
  );
};
