import type { FieldPacket } from "mysql2/promise";

/** What MySQL calls 0x01, PlanetScale calls INT8: the types of Vitess, by the number of MySQL's protocol. */
const TYPES: Readonly<Record<number, string>> = {
  0: "DECIMAL",
  1: "INT8",
  2: "INT16",
  3: "INT32",
  4: "FLOAT32",
  5: "FLOAT64",
  6: "NULL",
  7: "TIMESTAMP",
  8: "INT64",
  9: "INT24",
  10: "DATE",
  11: "TIME",
  12: "DATETIME",
  13: "YEAR",
  16: "BIT",
  245: "JSON",
  246: "DECIMAL",
  247: "ENUM",
  248: "SET",
};
/** Text or bytes: that is told by the character set. */
const TEXTS: Readonly<Record<number, readonly [text: string, bytes: string]>> = {
  249: ["TEXT", "BLOB"],
  250: ["TEXT", "BLOB"],
  251: ["TEXT", "BLOB"],
  252: ["TEXT", "BLOB"],
  253: ["VARCHAR", "VARBINARY"],
  254: ["CHAR", "BINARY"],
};
const BINARY = 63;
const UNSIGNED = 32;

export interface WireField {
  readonly name: string;
  readonly type: string;
  readonly table: string;
  readonly orgTable: string;
  readonly database: string;
  readonly orgName: string;
  readonly columnLength: number;
  readonly charset: number;
  readonly flags: number;
}

const typeOf = (code: number, charset: number, flags: number): string => {
  const text = TEXTS[code];
  if (text) return charset === BINARY ? text[1] : text[0];
  const type = TYPES[code] ?? "NULL";
  return type.startsWith("INT") && (flags & UNSIGNED) !== 0 ? `U${type}` : type;
};

export const fieldOf = (field: FieldPacket): WireField => {
  const code = field.columnType ?? 6;
  const charset = field.characterSet ?? BINARY;
  const flags = Number(field.flags);
  return {
    name: field.name,
    type: typeOf(code, charset, flags),
    table: field.table,
    orgTable: field.orgTable,
    database: field.schema ?? "",
    orgName: field.orgName,
    columnLength: field.columnLength ?? 0,
    charset,
    flags,
  };
};

/** All of a row in one piece, and how long each value is: -1 is NULL. */
export const rowOf = (values: readonly (Buffer | null)[]): { readonly lengths: string[]; readonly values: string } => ({
  lengths: values.map((value) => (value === null ? "-1" : String(value.length))),
  values: Buffer.concat(values.map((value) => value ?? Buffer.alloc(0))).toString("base64"),
});

interface SqlError {
  readonly errno?: number;
  readonly sqlState?: string;
  readonly sqlMessage?: string;
  readonly code?: string;
}

/** What codes of Vitess the habitual errors of MySQL come with. */
const CODES: Readonly<Record<number, string>> = {
  1040: "ResourceExhausted",
  1053: "Unavailable",
  1062: "AlreadyExists",
  1146: "NotFound",
  1205: "DeadlineExceeded",
  1213: "Aborted",
};

/** An error as it arrives: the code is UNKNOWN whatever it is, and the number stands in the text, with the query. */
export const errorOf = (error: unknown, query: string): { readonly code: string; readonly message: string } => {
  const { errno, sqlState = "HY000", sqlMessage, code } = error as SqlError;
  const isSql = errno !== undefined && errno > 0 && sqlMessage !== undefined;
  const number = isSql ? errno : 2003;
  const text = isSql ? sqlMessage : `connect to mysqld failed: ${code ?? "lost"}`;
  const vitess = CODES[number] ?? (isSql ? "InvalidArgument" : "Unavailable");
  return {
    code: "UNKNOWN",
    message: `target: parley.-.primary: vttablet: rpc error: code = ${vitess} desc = ${text} (errno ${number}) (sqlstate ${sqlState}) (CallerID: parley): Sql: "${query}", BindVars: {}`,
  };
};
