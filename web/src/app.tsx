import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Home } from "./screens/home.tsx";
import { OperatorsDoor } from "./screens/operators-door.tsx";
import { SignIn } from "./screens/sign-in.tsx";
import { keepSession, sessionToResume, type Session } from "./state/account.ts";
import { ChatContext, type Chat } from "./state/client-context.ts";
import { openChat } from "./state/open-chat.ts";
import { backToList, operating } from "./state/route.ts";
import { useSignal } from "./state/signal.ts";

type Stage = { readonly at: "starting" } | { readonly at: "outside" } | { readonly at: "inside"; readonly chat: Chat };

const Inside = ({ chat }: { readonly chat: Chat }): JSX.Element => {
  const isOperating = useSignal(operating) !== undefined && chat.operatorToken !== undefined;
  return <ChatContext.Provider value={chat}>{isOperating ? <OperatorsDoor /> : <Home />}</ChatContext.Provider>;
};

export const App = (): JSX.Element | null => {
  const [stage, setStage] = useState<Stage>({ at: "starting" });
  const signedOut = (): void => {
    backToList();
    setStage({ at: "outside" });
  };
  const enter = async (session: Session, justSignedIn: boolean): Promise<void> => {
    keepSession(session);
    setStage({ at: "inside", chat: await openChat(session, justSignedIn, signedOut) });
  };
  useEffect(() => {
    const start = async (): Promise<void> => {
      const session = sessionToResume();
      if (session === undefined) setStage({ at: "outside" });
      else await enter(session, false);
    };
    start().catch(() => setStage({ at: "outside" }));
  }, []);
  if (stage.at === "starting") return null;
  if (stage.at === "outside") return <SignIn onSession={(session) => void enter(session, true)} />;
  return <Inside chat={stage.chat} />;
};
