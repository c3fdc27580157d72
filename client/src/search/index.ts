export { marksOf } from "./marks.ts";
export { Search } from "./search.ts";
export type { SearchingOptions } from "./search.ts";
export { searchableStore } from "./searchable-store.ts";
export type { SearchableOptions } from "./searchable-store.ts";
export type { Stretch } from "../../../src/shared/search-marks.ts";
