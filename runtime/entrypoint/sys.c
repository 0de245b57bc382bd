#include "runtime/entrypoint/sys.h"
#include <sys/mman.h>
#include <unistd.h>

#ifdef ENTRYPOINT_HOSTED

long sys_call(long a, long b, long c, long d, long number) {
    long result = syscall(number, a, b, c, d);
    return result < 0 ? -errno : result;
}

void *sys_map(size_t size) {
    void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return at == MAP_FAILED ? NULL : at;
}

#else

/* The call number comes last, so that the arguments already stand where the kernel wants them. */
#ifdef __x86_64__
__asm__(".text\n"
        ".globl sys_call, _start\n"
        "sys_call: mov %r8, %rax\n"
        "mov %rcx, %r10\n"
        "syscall\n"
        "ret\n"
        "_start: xor %ebp, %ebp\n"
        "mov %rsp, %rdi\n"
        "and $-16, %rsp\n"
        "call sys_start\n");
#else
__asm__(".text\n"
        ".globl sys_call, _start\n"
        "sys_call: mov x8, x4\n"
        "svc 0\n"
        "ret\n"
        "_start: mov x29, 0\n"
        "mov x30, 0\n"
        "mov x0, sp\n"
        "and sp, x0, -16\n"
        "b sys_start\n");
#endif

/* What the compiler calls by itself, and strlen: small instead of fast, the texts are short. */
void *memcpy(void *restrict to, const void *restrict from, size_t n);
void *memset(void *to, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t strlen(const char *z);

void *memcpy(void *restrict to, const void *restrict from, size_t n) {
    for (size_t i = 0; i < n; i++) ((char *)to)[i] = ((const char *)from)[i];
    return to;
}

void *memset(void *to, int c, size_t n) {
    for (size_t i = 0; i < n; i++) ((char *)to)[i] = (char)c;
    return to;
}

int memcmp(const void *a, const void *b, size_t n) {
    const unsigned char *x = a, *y = b;
    for (; n > 0 && *x == *y; n--) x++, y++;
    return n == 0 ? 0 : *x - *y;
}

size_t strlen(const char *z) {
    size_t n = 0;
    while (z[n]) n++;
    return n;
}

int main(int argc, char **argv, char **environment);
_Noreturn void sys_start(long *stack);

_Noreturn void sys_start(long *stack) {
    char **argv = (char **)(stack + 1);
    sys_exit(main((int)stack[0], argv, argv + stack[0] + 1));
}

void *sys_map(size_t size) {
#ifdef __x86_64__
    long at = SYS_mmap;
    register long flags __asm__("r10") = MAP_PRIVATE | MAP_ANONYMOUS, fd __asm__("r8") = -1, offset __asm__("r9") = 0;
    __asm__ volatile("syscall"
                     : "+a"(at)
                     : "D"(0L), "S"(size), "d"((long)(PROT_READ | PROT_WRITE)), "r"(flags), "r"(fd), "r"(offset)
                     : "rcx", "r11", "memory");
#else
    register long number __asm__("x8") = SYS_mmap, at __asm__("x0") = 0, n __asm__("x1") = (long)size,
                         rights __asm__("x2") = PROT_READ | PROT_WRITE;
    register long flags __asm__("x3") = MAP_PRIVATE | MAP_ANONYMOUS, fd __asm__("x4") = -1, offset __asm__("x5") = 0;
    __asm__ volatile("svc 0"
                     : "+r"(at)
                     : "r"(number), "r"(n), "r"(rights), "r"(flags), "r"(fd), "r"(offset)
                     : "memory");
#endif
    return at < 0 ? NULL : (void *)at;
}

#endif

int sys_open(const char *path, int flags, unsigned mode) {
    return (int)sys_call(AT_FDCWD, (long)path, flags | O_CLOEXEC, mode, SYS_openat);
}
int sys_close(int fd) { return (int)sys_call(fd, 0, 0, 0, SYS_close); }
long sys_read(int fd, void *to, size_t n) { return sys_call(fd, (long)to, (long)n, 0, SYS_read); }
long sys_write(int fd, const void *from, size_t n) { return sys_call(fd, (long)from, (long)n, 0, SYS_write); }
long sys_kill(int pid, int number) { return sys_call(pid, number, 0, 0, SYS_kill); }
long sys_wait(int pid, int *status, int flags) { return sys_call(pid, (long)status, flags, 0, SYS_wait4); }

/* On both machines libc's struct stat is the kernel's. */
int sys_stat(const char *path, struct stat *st) {
    return (int)sys_call(AT_FDCWD, (long)path, (long)st, 0, SYS_newfstatat);
}

void sys_exit(int code) {
    for (;;) sys_call(code, 0, 0, 0, SYS_exit_group);
}
