import type { RulesTable } from "../types.js";
import { accessReviewRules } from "./access-review.js";

export const AUTHORIZATION: RulesTable = {
  "authorization.k8s.io/LocalSubjectAccessReview": accessReviewRules("local"),
  "authorization.k8s.io/SelfSubjectAccessReview": accessReviewRules("self"),
  "authorization.k8s.io/SubjectAccessReview": accessReviewRules("any"),
};
