// Made by scripts/generate-codecs.mjs from proto/etcd/auth.proto. Do not edit.
import type { Bytes } from "../../base/index.js";
import { EMPTY, Reader, Writer } from "../protobuf.js";

export const PermissionType = { READ: 0, WRITE: 1, READWRITE: 2 } as const;

export interface UserAddOptions {
  noPassword: boolean;
}
export interface UserAddOptionsInit {
  readonly noPassword?: boolean | undefined;
}
export const UserAddOptions = {
  encode(m: UserAddOptionsInit, w: Writer = Writer.create()): Writer {
    if (m.noPassword) w.uint32(8).bool(m.noPassword);
    return w;
  },
  decode(r: Reader, end: number = r.len): UserAddOptions {
    const m: UserAddOptions = { noPassword: false };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.noPassword = r.bool();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("UserAddOptions runs past its end");
    return m;
  },
  bytes(m: UserAddOptionsInit): Uint8Array {
    return UserAddOptions.encode(m).finish();
  },
  from(bytes: Uint8Array): UserAddOptions {
    return UserAddOptions.decode(Reader.create(bytes));
  },
};

export interface User {
  name: Bytes;
  password: Bytes;
  roles: readonly string[];
  options: UserAddOptions | undefined;
}
export interface UserInit {
  readonly name?: Bytes | undefined;
  readonly password?: Bytes | undefined;
  readonly roles?: readonly string[] | undefined;
  readonly options?: UserAddOptionsInit | undefined;
}
export const User = {
  encode(m: UserInit, w: Writer = Writer.create()): Writer {
    if (m.name?.length) w.uint32(10).bytes(m.name);
    if (m.password?.length) w.uint32(18).bytes(m.password);
    if (m.roles) for (const x of m.roles) w.uint32(26).string(x);
    if (m.options !== undefined) UserAddOptions.encode(m.options, w.uint32(34).fork()).ldelim();
    return w;
  },
  decode(r: Reader, end: number = r.len): User {
    const m: User = { name: EMPTY, password: EMPTY, roles: [], options: undefined };
    const roles: string[] = [];
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.name = r.bytes();
          break;
        case 18:
          m.password = r.bytes();
          break;
        case 26:
          roles.push(r.string());
          break;
        case 34:
          m.options = UserAddOptions.decode(r, r.uint32() + r.pos);
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("User runs past its end");
    m.roles = roles;
    return m;
  },
  bytes(m: UserInit): Uint8Array {
    return User.encode(m).finish();
  },
  from(bytes: Uint8Array): User {
    return User.decode(Reader.create(bytes));
  },
};

export interface Permission {
  permType: number;
  key: Bytes;
  rangeEnd: Bytes;
}
export interface PermissionInit {
  readonly permType?: number | undefined;
  readonly key?: Bytes | undefined;
  readonly rangeEnd?: Bytes | undefined;
}
export const Permission = {
  encode(m: PermissionInit, w: Writer = Writer.create()): Writer {
    if (m.permType) w.uint32(8).int32(m.permType);
    if (m.key?.length) w.uint32(18).bytes(m.key);
    if (m.rangeEnd?.length) w.uint32(26).bytes(m.rangeEnd);
    return w;
  },
  decode(r: Reader, end: number = r.len): Permission {
    const m: Permission = { permType: 0, key: EMPTY, rangeEnd: EMPTY };
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 8:
          m.permType = r.int32();
          break;
        case 18:
          m.key = r.bytes();
          break;
        case 26:
          m.rangeEnd = r.bytes();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("Permission runs past its end");
    return m;
  },
  bytes(m: PermissionInit): Uint8Array {
    return Permission.encode(m).finish();
  },
  from(bytes: Uint8Array): Permission {
    return Permission.decode(Reader.create(bytes));
  },
};

export interface Role {
  name: Bytes;
  keyPermission: readonly Permission[];
}
export interface RoleInit {
  readonly name?: Bytes | undefined;
  readonly keyPermission?: readonly PermissionInit[] | undefined;
}
export const Role = {
  encode(m: RoleInit, w: Writer = Writer.create()): Writer {
    if (m.name?.length) w.uint32(10).bytes(m.name);
    if (m.keyPermission) for (const x of m.keyPermission) Permission.encode(x, w.uint32(18).fork()).ldelim();
    return w;
  },
  decode(r: Reader, end: number = r.len): Role {
    const m: Role = { name: EMPTY, keyPermission: [] };
    const keyPermission: Permission[] = [];
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.name = r.bytes();
          break;
        case 18:
          keyPermission.push(Permission.decode(r, r.uint32() + r.pos));
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    if (r.pos !== end) throw new RangeError("Role runs past its end");
    m.keyPermission = keyPermission;
    return m;
  },
  bytes(m: RoleInit): Uint8Array {
    return Role.encode(m).finish();
  },
  from(bytes: Uint8Array): Role {
    return Role.decode(Reader.create(bytes));
  },
};
