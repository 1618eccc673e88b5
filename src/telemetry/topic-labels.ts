export interface TopicLabels {
  stream: string;
  topic: string;
}

/** Topics with series of their own; every further one is counted under `other`. */
export const LABELLED_TOPICS_MAX = 100;

const OTHER: TopicLabels = { stream: 'other', topic: 'other' };

/**
 * Folds stream and topic names into a bounded number of label values. A topic gets its own once the
 * broker has confirmed it, so that names that clients make up never become series.
 */
export class TopicFolding {
  /** A name has no slash (http-contract §1), so no two topics share a key. */
  readonly #labelled = new Map<string, TopicLabels>();

  /** `confirmed`: the broker has just shown that this topic exists. */
  fold({ stream, topic }: TopicLabels, confirmed: boolean): TopicLabels {
    const key = `${stream}/${topic}`;
    const known = this.#labelled.get(key);
    if (known !== undefined) return known;
    if (!confirmed || this.#labelled.size >= LABELLED_TOPICS_MAX) return OTHER;
    const labels = { stream, topic };
    this.#labelled.set(key, labels);
    return labels;
  }
}
