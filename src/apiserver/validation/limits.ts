/** Sizes and counts that Kubernetes gives to fields (its API validation), by what they limit. Bytes are those of UTF-8. */

/** Sum of an object's annotations: 256 KiB. */
export const ANNOTATION_BYTES_MAX = 262_144;
export const MANAGER_BYTES_MAX = 128;
export const SUBRESOURCE_BYTES_MAX = 256;
/** Of a metav1 condition. */
export const REASON_BYTES_MAX = 1_024;
export const MESSAGE_BYTES_MAX = 32_768;
/** Values of a secret, or of a config map, together: 1 MiB. */
export const VALUES_BYTES_MAX = 1_048_576;
export const DRIVER_BYTES_MAX = 63;
export const FEATURE_BYTES_MAX = 253;
export const AFFINITY_SECONDS_MAX = 86_400;
/** Users and groups, and every other number of 32 bits. */
export const INT32_MAX = 2_147_483_647;

export const FILE_MODE_MAX = 0o777;
export const TOKEN_SECONDS_MIN = 600;
export const TOKEN_SECONDS_MAX = 2 ** 32;
/** A path's longest on Linux, less its end. */
export const APPARMOR_BYTES_MAX = 4_095;
export const SYSCTL_BYTES_MAX = 253;
/** What resolvers of the C library read. */
export const NAMESERVERS_MAX = 3;
export const SEARCHES_MAX = 32;
export const SEARCH_CHARACTERS_MAX = 2_048;
/** The kernel's. */
export const HOSTNAME_BYTES_MAX = 64;
export const HEALTH_BYTES_MAX = 1_024;
export const RULES_MAX = 20;
export const EXIT_CODES_MAX = 255;
/** Windows: a credential specification, and the parts of a user's name. */
export const GMSA_KIB_MAX = 64;
export const WINDOWS_DOMAIN_BYTES_MAX = 256;
export const WINDOWS_USER_BYTES_MAX = 104;

/** A job's name is longer by the time of its run. */
export const CRON_NAME_BYTES_MAX = 52;
export const MANAGED_BY_BYTES_MAX = 63;
export const INDEXES_BYTES_MAX = 65_536;
/** What the job controller can keep track of. */
export const INDEXED_PODS_MAX = 100_000;
export const MANY_COMPLETIONS = 100_000;
export const MANY_PODS_MAX = 10_000;

/** What a class tells its provisioner: entries, and bytes of all of them: 256 KiB. */
export const PARAMETERS_MAX = 512;
export const PARAMETERS_BYTES_MAX = 262_144;
export const NODE_ID_BYTES_MAX = 256;
export const REFRESH_SECONDS_MIN = 10;
/** Of an attachment's metadata, and of the message of a failed one. */
export const ATTACHMENT_BYTES_MAX = 262_144;
export const ATTACHMENT_MESSAGE_BYTES_MAX = 1_024;

/** Of an endpoint slice. */
export const ENDPOINTS_MAX = 1_000;
export const ADDRESSES_MAX = 100;
export const ENDPOINT_PORTS_MAX = 20_000;
export const HINTS_MAX = 8;

/** Of an event: action, reason and who reports; and its message. */
export const ACTION_BYTES_MAX = 128;
export const NOTE_BYTES_MAX = 1_024;

/** Of devices: their names and properties, how many a slice may have, and with taints or counters. */
export const IDENTIFIER_BYTES_MAX = 32;
export const POOL_BYTES_MAX = 253;
export const ATTRIBUTE_BYTES_MAX = 64;
export const DEVICE_PROPERTIES_MAX = 32;
export const DEVICES_MAX = 128;
export const DEVICES_WITH_EXTRAS_MAX = 64;
export const DEVICE_TAINTS_MAX = 16;
export const BINDING_CONDITIONS_MAX = 4;
export const COUNTER_SETS_MAX = 8;
export const COUNTERS_MAX = 32;
export const CONSUMED_SETS_MAX = 2;
export const REQUEST_OPTIONS_MAX = 10;
/** Of claims to devices. */
export const DEVICE_REQUESTS_MAX = 32;
export const FIRST_AVAILABLE_MAX = 8;
export const SELECTORS_MAX = 32;
export const CONSTRAINTS_MAX = 32;
export const CONFIGS_MAX = 32;
export const EXPRESSION_BYTES_MAX = 10_240;
export const OPAQUE_BYTES_MAX = 10_240;
/** Of a claim's status. */
export const ALLOCATIONS_MAX = 32;
export const RESERVATIONS_MAX = 256;
export const DEVICE_CONDITIONS_MAX = 8;
export const DEVICE_DATA_BYTES_MAX = 10_240;
export const DEVICE_IPS_MAX = 16;
export const INTERFACE_NAME_BYTES_MAX = 256;
export const HARDWARE_ADDRESS_BYTES_MAX = 128;

/** An ingress class's. */
export const CONTROLLER_BYTES_MAX = 250;

/** Of an autoscaler's behavior: an hour, and half of one. */
export const STABILIZATION_SECONDS_MAX = 3_600;
export const PERIOD_SECONDS_MAX = 1_800;

/** Of a priority level; a hand of queues is dealt from one hash. */
export const QUEUES_MAX = 10_000_000;
export const HASH_BITS_MAX = 60;

/** A signer's name: a subdomain, a slash, and a subdomain with one label more. */
export const SIGNER_DOMAIN_BYTES_MAX = 253;
export const SIGNER_BYTES_MAX = 571;
export const CERTIFICATE_SECONDS_MIN = 600;

/** Above are the system's own. */
export const USER_PRIORITY_MAX = 1_000_000_000;

/** Of webhooks and admission policies. */
export const MATCH_CONDITIONS_MAX = 64;
export const WEBHOOK_SECONDS_MAX = 30;
export const AUDIT_ANNOTATIONS_MAX = 20;
export const AUDIT_EXPRESSION_BYTES_MAX = 5_120;

/** Lines of one side beyond which a comparison tells the middle as a whole: its table is their product. Source: ours. */
export const DIFF_LINES_MAX = 2_000;
