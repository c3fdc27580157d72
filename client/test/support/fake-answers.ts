/** A refusal as the contract writes it. */
export const problem = (status: number, code: string, more: object = {}): Response =>
  Response.json(
    { code, detail: code, status, ...more },
    { status, headers: { "content-type": "application/problem+json" } },
  );

export const nothing = (): Response => new Response(null, { status: 204 });
