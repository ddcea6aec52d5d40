import type { Json, KubeObject } from "../../kube/meta/index.js";

/** metav1.TableColumnDefinition. */
export interface Column {
  readonly name: string;
  readonly type: string;
  readonly format: string;
  readonly description: string;
  /** 0: always shown; more: only with -o wide. All cells are always sent. */
  readonly priority: number;
}
/** How objects of a kind are shown as rows. Cells are in the columns' order. */
export interface Printer {
  readonly columns: readonly Column[];
  cells(object: KubeObject, nowMs: number): readonly Json[];
}
