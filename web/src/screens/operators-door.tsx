import type { ComponentType, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { backToList } from "../state/route.ts";
import { strings } from "../strings.ts";

type Room =
  | { readonly at: "loading" }
  | { readonly at: "failed" }
  | { readonly at: "open"; readonly page: ComponentType };

/** The page of operators, which is fetched when it is wanted: few people ever see it. */
export const OperatorsDoor = (): JSX.Element => {
  const [room, setRoom] = useState<Room>({ at: "loading" });
  useEffect(() => {
    const load = async (): Promise<void> => {
      const { Operators } = await import("../operators/operators.tsx");
      setRoom({ at: "open", page: Operators });
    };
    load().catch(() => setRoom({ at: "failed" }));
  }, []);
  if (room.at === "open") return <room.page />;
  return (
    <main class="sign-in">
      <h1 class="sr">{strings.setting.operators}</h1>
      {room.at === "loading" ? (
        <p class="hint">{strings.working}</p>
      ) : (
        <div class="card stopped">
          <p class="lead" role="alert">
            {strings.setting.operatorsFailed}
          </p>
          <button type="button" class="button" onClick={() => location.reload()}>
            {strings.setting.reload}
          </button>
          <button type="button" class="link-button" onClick={backToList}>
            {strings.back}
          </button>
        </div>
      )}
    </main>
  );
};
