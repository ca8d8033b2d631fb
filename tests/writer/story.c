#include "writer/story.h"

const process *run_tool(scene *s, ticks t, const process *shell, const session *owner, const char *image,
                        const char *line, ticks lasts, uint32_t status)
{
    const process *p = host_start(s->h, t, shell, owner, image, line);
    host_exit(s->h, t + lasts, p, status);
    return p;
}

const process *run_net(scene *s, ticks t, const process *shell, const session *owner, const char *arguments,
                       uint32_t status)
{
    const process *net = host_start(s->h, t, shell, owner, "C:\\Windows\\System32\\net.exe",
                                    host_text(s->h, "net  %s", arguments));
    const process *net1 = host_start(s->h, t + 16 * TICKS_MS, net, owner, "C:\\Windows\\System32\\net1.exe",
                                     host_text(s->h, "C:\\Windows\\system32\\net1  %s", arguments));
    host_exit(s->h, t + 95 * TICKS_MS, net1, status);
    host_exit(s->h, t + 101 * TICKS_MS, net, status);
    return net1;
}

const process *run_powershell(scene *s, ticks t, const process *shell, const session *owner,
                              const char *command, ticks lasts)
{
    host *h = s->h;
    const process *p = host_start(h, t, shell, owner, "C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe",
                                  host_text(h, "powershell  -NoProfile -Command \"%s\"", command));
    host_event(h, t + 310 * TICKS_MS, &kind_powershell_40961, p->pid, owner->who.sid);
    host_event(h, t + 330 * TICKS_MS, &kind_powershell_53504, p->pid, owner->who.sid, host_text(h, "%u", p->pid),
               "DefaultAppDomain");
    host_event(h, t + 520 * TICKS_MS, &kind_powershell_40962, p->pid, owner->who.sid);
    host_event(h, t + 560 * TICKS_MS, &kind_powershell_4104, p->pid, owner->who.sid, "1", "1", command,
               host_text(h, "%.36s", host_guid(h) + 1), "");
    host_exit(h, t + lasts, p, 0);
    return p;
}

const process *admin_console(scene *s, ticks t)
{
    const boot *b = host_boot(s->h, t);
    return host_start(s->h, t, b->explorer, b->user_admin, "C:\\Windows\\System32\\cmd.exe",
                      "\"C:\\Windows\\system32\\cmd.exe\" ");
}
