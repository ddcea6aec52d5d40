/** Sets of labels that one name may have; every kind with every verb and code is well under it. */
export const SERIES_MAX = 5_000;
/** Upper bounds of request durations. Source: apiserver_request_duration_seconds of the original. */
export const DURATION_BUCKETS_SECONDS: readonly number[] = [
  0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60,
];
