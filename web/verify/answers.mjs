// How a check that fails becomes an answer of section 13.

export class Changed extends Error {
  constructor(code, index, detail) {
    super(detail);
    this.code = code;
    this.index = index;
  }
}

// What fails inside is a change, under this code and of this entry. A fault of the platform or of this program is not: it is passed on as it is.
export const isFault = (error) => error instanceof TypeError || error instanceof ReferenceError || error instanceof RangeError || error.cannotCheck === true;

function changed(code, index, error) {
  if (error instanceof Changed || isFault(error)) return error;
  const where = index === null ? '' : `entry ${index}: `;
  return new Changed(code, index, where + error.message);
}

export function under(code, index, check) {
  try {
    return check();
  } catch (error) {
    throw changed(code, index, error);
  }
}

export async function underLater(code, check) {
  try {
    return await check();
  } catch (error) {
    throw changed(code, null, error);
  }
}

export function need(holds, detail) {
  if (!holds) throw new Error(detail);
}
