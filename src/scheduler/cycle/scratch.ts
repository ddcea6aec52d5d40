/** Arrays that each cycle fills anew: what it reads from them does not outlive it. */
export class Scratch {
  #numbers: Float64Array[] = [];
  #slots = new Int32Array(0);

  slots(length: number): Int32Array {
    if (length > this.#slots.length) this.#slots = new Int32Array(length * 2);
    return this.#slots.subarray(0, length);
  }
  /** Of zeros. `which`: arrays in use at the same time have different numbers. */
  numbers(which: number, length: number): Float64Array {
    const known = this.#numbers[which];
    const numbers = known !== undefined && known.length >= length ? known : new Float64Array(length * 2);
    this.#numbers[which] = numbers;
    return numbers.subarray(0, length).fill(0);
  }
}
