{{- define "ledger.fullname" -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 52 | trimSuffix "-" -}}
{{- end -}}
{{- define "ledger.labels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{/* What is stored already; what the user says; something new. In this order, or an upgrade locks everybody out. */}}
{{- define "ledger.password" -}}
{{- $stored := (lookup "v1" "Secret" .Release.Namespace (include "ledger.fullname" .)).data | default dict -}}
{{- if hasKey $stored "password" -}}
{{- get $stored "password" -}}
{{- else -}}
{{- .Values.auth.password | default (randAlphaNum 24) | b64enc -}}
{{- end -}}
{{- end -}}
