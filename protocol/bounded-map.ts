/** A map of limited size: an entry beyond the limit replaces the oldest one. Setting a key again does not renew its age. */
export class BoundedMap<K, V> extends Map<K, V> {
  readonly #limit: number;

  constructor(limit: number) {
    super();
    this.#limit = limit;
  }

  override set(key: K, value: V): this {
    super.set(key, value);
    const oldest = this.keys().next();
    if (this.size > this.#limit && oldest.done !== true) this.delete(oldest.value);
    return this;
  }
}
