{{- define "shared.labels" -}}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: {{ .Chart.Name }}
{{- with .Values.global.labels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* A deployment of one container; what the second argument says goes over it. */}}
{{- define "shared.deployment" -}}
{{- $ := index . 0 -}}
{{- $over := fromYaml (include (index . 1) $) -}}
{{- toYaml (mergeOverwrite (fromYaml (include "shared.plain" $)) $over) -}}
{{- end -}}
{{- define "shared.plain" -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}-{{ .Chart.Name }}
  labels: {{- include "shared.labels" . | nindent 4 }}
spec:
  revisionHistoryLimit: 3
  selector:
    matchLabels:
      app.kubernetes.io/instance: {{ .Release.Name }}
      app.kubernetes.io/component: {{ .Chart.Name }}
  template:
    metadata:
      labels:
        app.kubernetes.io/instance: {{ .Release.Name }}
        app.kubernetes.io/component: {{ .Chart.Name }}
    spec:
      containers:
        - name: main
          image: {{ .Values.global.registry }}/{{ .Values.image }}
{{- end -}}
