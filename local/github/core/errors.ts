/**
 * GitHub's error answers. A handler throws what these functions make (`throw notFound()`); the dispatcher adds `documentation_url`
 * of the operation and `status`, rolls the transaction back, and answers.
 */
export interface FieldError {
  readonly resource: string;
  readonly field?: string;
  /** `missing`, `missing_field`, `invalid`, `already_exists`, `unprocessable` or `custom`. */
  readonly code: string;
  readonly message?: string;
}

export class ApiError extends Error {
  readonly status: number;
  readonly errors: readonly (FieldError | string)[] | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, message: string, errors?: readonly (FieldError | string)[], headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.errors = errors;
    this.headers = headers;
    this.name = "ApiError";
  }

  /** GitHub's body. `status` is a string there. */
  body(documentationUrl: string): Record<string, unknown> {
    return {
      message: this.message,
      ...(this.errors ? { errors: this.errors } : {}),
      documentation_url: documentationUrl,
      status: String(this.status),
    };
  }
}

export const badRequest = (message: string): ApiError => new ApiError(400, message);
export const badCredentials = (): ApiError => new ApiError(401, "Bad credentials");
export const requiresAuthentication = (): ApiError => new ApiError(401, "Requires authentication");
/** 403. GitHub's words for an App or token without the right are "Resource not accessible by …"; a person reads "Must have admin rights …". */
export const forbidden = (message = "Must have admin rights to Repository.", headers: Readonly<Record<string, string>> = {}): ApiError =>
  new ApiError(403, message, undefined, headers);
export const notFound = (): ApiError => new ApiError(404, "Not Found");
export const conflict = (message: string): ApiError => new ApiError(409, message);
export const methodNotAllowed = (message: string): ApiError => new ApiError(405, message);
/** 422 with the fields at fault. */
export const validationFailed = (errors: readonly (FieldError | string)[]): ApiError => new ApiError(422, "Validation Failed", errors);
/** 422 whose whole story is its message, such as "Reference already exists". */
export const unprocessable = (message: string): ApiError => new ApiError(422, message);
