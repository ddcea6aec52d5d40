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
/** metav1.TableRowCondition: what a client may grey out or leave out. */
export type RowCondition = { readonly type: string; readonly status: string; readonly reason: string; readonly message: string };

/** How objects of a kind are shown as rows. Cells are in the columns' order. */
export interface Printer {
  readonly columns: readonly Column[];
  cells(object: KubeObject, nowMs: number): readonly Json[];
  conditions?(object: KubeObject): readonly RowCondition[];
  /** Rows are not in the order of names. */
  readonly order?: (a: KubeObject, b: KubeObject) => number;
}
