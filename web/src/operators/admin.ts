import type { AdminClient } from "@parley/client/admin";
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import { openOperators } from "../state/route.ts";

export const SECTIONS = ["look", "holds", "retention", "data", "letters", "audit"] as const;
export type Section = (typeof SECTIONS)[number];

export const AdminContext = createContext<AdminClient | undefined>(undefined);

export const useAdmin = (): AdminClient => {
  const admin = useContext(AdminContext);
  if (admin === undefined) throw new Error("useAdmin outside of the page of operators");
  return admin;
};

export const openConversation = (id: string): void => openOperators("conversation", id);
export const openUser = (id: string): void => openOperators("user", id);
