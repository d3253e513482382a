{{- define "backstay.name" -}}
{{- printf "%s" .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- end }}

{{- define "backstay.labels" -}}
app.kubernetes.io/name: backstay
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "backstay.image" -}}
{{- with .Values.image -}}
{{- if .digest }}{{ .repository }}@{{ .digest }}{{ else }}{{ .repository }}:{{ .tag }}{{ end }}
{{- end }}
{{- end }}

{{- define "backstay.claim" -}}
{{- .Values.cache.existingClaim | default (printf "%s-cache" (include "backstay.name" .)) -}}
{{- end }}

{{/* The spec of a Job. 75 may be over when it is tried again: the network, a lock, an approval. 1 will not be. */}}
{{- define "backstay.job" -}}
backoffLimit: {{ .Values.backoffLimit }}
activeDeadlineSeconds: {{ .Values.activeDeadlineSeconds }}
ttlSecondsAfterFinished: {{ .Values.ttlSecondsAfterFinished }}
podFailurePolicy:
  rules:
    - action: FailJob
      onExitCodes:
        containerName: backstay
        operator: NotIn
        values: [75, 130, 137, 143]
    - action: Ignore
      onPodConditions:
        - type: DisruptionTarget
          status: "True"
template:
  metadata:
    labels:
      {{- include "backstay.labels" . | nindent 6 }}
    annotations:
      checksum/files: {{ toJson .Values.files | sha256sum }}
      {{- with .Values.podAnnotations }}
      {{- toYaml . | nindent 6 }}
      {{- end }}
  spec:
    {{- include "backstay.pod" . | nindent 4 }}
{{- end }}

{{- define "backstay.pod" -}}
restartPolicy: Never
automountServiceAccountToken: false
terminationGracePeriodSeconds: {{ .Values.terminationGracePeriodSeconds }}
{{- with .Values.serviceAccountName }}
serviceAccountName: {{ . }}
{{- end }}
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: {{ .Values.user }}
  runAsGroup: {{ .Values.user }}
  fsGroup: {{ .Values.user }}
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile:
    type: RuntimeDefault
containers:
  - name: backstay
    image: {{ include "backstay.image" . | quote }}
    imagePullPolicy: {{ .Values.image.pullPolicy }}
    args: [{{ .Values.action | quote }}]
    workingDir: /tmp
    env:
      - name: BACKSTAY_PLATFORM
        value: kubernetes
      - name: BACKSTAY_INPUT_CONFIG
        value: file:///schemas/atlas.hcl
      - name: BACKSTAY_CACHE_DIR
        value: /var/cache/backstay
      {{- if .Values.secret.tokenKey }}
      - name: BACKSTAY_TOKEN_FILE
        value: /run/secrets/backstay/{{ .Values.secret.tokenKey }}
      {{- end }}
      {{- if .Values.secret.urlKey }}
      - name: BACKSTAY_INPUT_URL_FILE
        value: /run/secrets/backstay/{{ .Values.secret.urlKey }}
      {{- end }}
      {{- range $name, $value := omit .Values.inputs "config" "url" }}
      - name: BACKSTAY_INPUT_{{ $name | upper | replace "-" "_" }}
        value: {{ $value | quote }}
      {{- end }}
      {{- with .Values.env }}
      {{- toYaml . | nindent 6 }}
      {{- end }}
    {{- with .Values.envFrom }}
    envFrom:
      {{- toYaml . | nindent 6 }}
    {{- end }}
    resources:
      {{- toYaml .Values.resources | nindent 6 }}
    securityContext:
      allowPrivilegeEscalation: false
      readOnlyRootFilesystem: true
      capabilities:
        drop: [ALL]
    volumeMounts:
      - name: schemas
        mountPath: /schemas
        readOnly: true
      - name: secrets
        mountPath: /run/secrets/backstay
        readOnly: true
      - name: cache
        mountPath: /var/cache/backstay
      - name: tmp
        mountPath: /tmp
volumes:
  - name: schemas
    configMap:
      name: {{ include "backstay.name" . }}-schemas
  - name: secrets
    secret:
      secretName: {{ .Values.secret.name }}
      defaultMode: 0440
  - name: cache
    persistentVolumeClaim:
      claimName: {{ include "backstay.claim" . }}
  - name: tmp
    emptyDir:
      sizeLimit: 1Gi
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
