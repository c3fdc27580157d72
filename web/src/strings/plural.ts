/** "1 person", "3 people": a count with the word that goes with it. */
export const plural = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`;
