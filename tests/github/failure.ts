/** The error that a request ends with; a success is told apart by its status 200. */
export async function failure(request: Promise<unknown>): Promise<{ status: number; message: string }> {
  return request.then(
    () => ({ status: 200, message: "it succeeded" }),
    (error: unknown) => error as { status: number; message: string },
  );
}
